import type { Database } from 'better-sqlite3';

import { Latencies, type LatenciesState, type LatencyBucket } from '../../model/latencies.js';
import type { BucketRange } from '../reading-store.js';
import { walkBuckets } from './bucket-walk.js';
import { type SensorRange, SensorSlices } from './sensor-slices.js';

/** A bucket of which only the beginning was read. */
export interface OpenLatencies {
  readonly startUs: number;
  readonly state: LatenciesState;
}

/** The latencies of the first slice of a range. */
export interface LatencySlice {
  /** The buckets that end in it. */
  readonly buckets: readonly LatencyBucket[];
  /** The bucket that goes on in the next slice. */
  readonly open?: OpenLatencies | undefined;
  /** Where the next slice begins; the range's end when this is the last one. */
  readonly endUs: number;
  /** How long it took to compute. */
  readonly tookMs: number;
}

/** @param open what the slice before left open */
export type SliceOfLatencies = (
  range: BucketRange,
  maxReadings: number,
  open?: OpenLatencies,
) => LatencySlice;

/** Makes the function that computes one slice: only one bucket at a time is in memory. */
export function latencySlices(db: Database): SliceOfLatencies {
  const sensors = new SensorSlices(db);
  const inPart = db
    .prepare<[SensorRange], number>(
      `SELECT latency_ms FROM readings
       WHERE sensor = @sensor AND timestamp_us >= @fromUs AND timestamp_us < @toUs AND latency_ms IS NOT NULL`,
    )
    .pluck();

  return (range, maxReadings, before) => {
    const { sensorId, fromUs, toUs } = range;
    const startedMs = performance.now();
    const sensor = sensors.keyOf(sensorId);
    if (sensor === undefined) return { buckets: [], endUs: toUs, tookMs: 0 };
    const endUs = sensors.endOf({ sensor, fromUs, toUs }, maxReadings) ?? toUs;
    const buckets: LatencyBucket[] = [];
    let open: OpenLatencies | undefined;
    walkBuckets(sensors, { slice: { sensor, fromUs, toUs: endUs }, spans: range }, (bucket, part) => {
      const { startUs } = bucket;
      const latencies = new Latencies(before?.startUs === startUs ? before.state : undefined);
      const found = inPart.all(part);
      for (const latencyMs of found) latencies.add(latencyMs);
      if (endUs < Math.min(toUs, bucket.endUs)) open = { startUs, state: latencies.state };
      else buckets.push(...[latencies.bucket(startUs)].filter((one) => one !== undefined));
      return found.length > 0;
    });
    return { buckets, open, endUs, tookMs: performance.now() - startedMs };
  };
}
