import type { Database } from 'better-sqlite3';

import type { BucketPart } from '../../model/bucket.js';
import type { BucketRange } from '../reading-store.js';
import { walkBuckets } from './bucket-walk.js';
import { type SensorRange, SensorSlices } from './sensor-slices.js';

/** The parts of buckets of the first slice of a range. */
export interface BucketSlice {
  readonly parts: readonly BucketPart[];
  /** Where the next slice begins; the range's end when this is the last one. */
  readonly endUs: number;
  /** How long it took to compute. */
  readonly tookMs: number;
}

interface Sums extends Pick<BucketPart, 'count' | 'min' | 'max'> {
  readonly mean: number | null;
  readonly lastUs: number | null;
}

const IN_SLICE = 'FROM readings WHERE sensor = @sensor AND timestamp_us >= @fromUs AND timestamp_us < @toUs';

/**
 * Makes the function that computes one slice, bucket by bucket.
 * @returns a function of the range and the number of readings of one slice
 */
export function bucketSlices(db: Database): (range: BucketRange, maxReadings: number) => BucketSlice {
  const sensors = new SensorSlices(db);
  const sumUp = db.prepare<[SensorRange], Sums>(
    `SELECT count(*) AS count, min(value) AS min, max(value) AS max, avg(value) AS mean,
       max(timestamp_us) AS lastUs ${IN_SLICE}`,
  );
  const values = db.prepare<[SensorRange], number>(`SELECT value ${IN_SLICE}`).pluck();
  const lastAt = db.prepare<[sensor: number, timestampUs: number], BucketPart['last']>(
    `SELECT timestamp_us AS timestampUs, name AS zone, value FROM readings JOIN zones USING (zone)
     WHERE sensor = ? AND timestamp_us = ? ORDER BY name DESC LIMIT 1`,
  );

  return (range, maxReadings) => {
    const { sensorId, fromUs, toUs } = range;
    const startedMs = performance.now();
    const sensor = sensors.keyOf(sensorId);
    if (sensor === undefined) return { parts: [], endUs: toUs, tookMs: 0 };
    const endUs = sensors.endOf({ sensor, fromUs, toUs }, maxReadings) ?? toUs;
    const parts: BucketPart[] = [];
    walkBuckets(sensors, { slice: { sensor, fromUs, toUs: endUs }, spans: range }, ({ startUs }, part) => {
      const sums = sumUp.get(part);
      const last = sums?.lastUs == null ? undefined : lastAt.get(sensor, sums.lastUs);
      if (!sums || !last) return false;
      const { count, min, max } = sums;
      const mean = finite(sums.mean) ?? overflowSafeMean(part);
      parts.push({ startUs, count, min, max, mean, last });
      return true;
    });
    return { parts, endUs, tookMs: performance.now() - startedMs };
  };

  /** For values near 1e308, whose sum overflows. */
  function overflowSafeMean(slice: SensorRange): number {
    let mean = 0;
    let count = 0;
    for (const value of values.iterate(slice)) {
      count += 1;
      mean = mean * ((count - 1) / count) + value / count;
    }
    return mean;
  }
}

function finite(mean: number | null): number | undefined {
  return mean !== null && Number.isFinite(mean) ? mean : undefined;
}
