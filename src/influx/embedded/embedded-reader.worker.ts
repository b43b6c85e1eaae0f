import type { Reading } from '../../model/reading.js';
import { serveSqliteReader } from '../../common/workers/serve-sqlite-reader.js';
import { type BucketSlice, bucketSlices } from './embedded-buckets.js';
import type { BucketRange, ReadingRange } from '../reading-store.js';

/** The calls from EmbeddedStore to the reading thread. */
export interface EmbeddedReaderCalls extends Record<string, (...args: never[]) => unknown> {
  latest(sensorId: string): Reading | undefined;
  latestPage(afterSensorId: string): LatestPage;
  readings(range: ReadingRange): Reading[];
  bucketSlice(range: BucketRange, maxReadings: number): BucketSlice;
}

/** The newest readings of the next sensors, in the order of their ids. */
export interface LatestPage {
  readonly readings: readonly Reading[];
  /** The last sensor of the page; undefined when the page is empty. */
  readonly lastSensorId: string | undefined;
}

interface Row {
  readonly zone: string;
  readonly value: number;
  readonly latencyMs: number | null;
  readonly timestampUs: number;
}

// SQLite's BINARY collation compares UTF-8 bytes, as compareReadings() does.
const SELECT = `
  SELECT name AS zone, value, latency_ms AS latencyMs, timestamp_us AS timestampUs
  FROM readings JOIN zones USING (zone)
  WHERE sensor = (SELECT sensor FROM sensors WHERE sensor_id = @sensorId)`;

serveSqliteReader((db): EmbeddedReaderCalls => {
  const newest = db.prepare<[{ sensorId: string }], Row>(
    `${SELECT} ORDER BY timestamp_us DESC, name DESC LIMIT 1`,
  );
  const page = db.prepare<[object], Row>(`${SELECT}
    AND timestamp_us >= @startUs AND timestamp_us < @toUs
    AND (timestamp_us > @startUs OR name > @afterZone)
    ORDER BY timestamp_us, name LIMIT @limit`);
  const newestPage = db.prepare<[object], Row>(`${SELECT}
    AND timestamp_us >= @fromUs AND timestamp_us <= @lastUs
    AND (timestamp_us < @lastUs OR @beforeZone IS NULL OR name < @beforeZone)
    ORDER BY timestamp_us DESC, name DESC LIMIT @limit`);
  const sensorPage = db
    .prepare<[string], string>(
      'SELECT sensor_id FROM sensors WHERE sensor_id > ? ORDER BY sensor_id LIMIT 1000',
    )
    .pluck();

  return {
    latestPage: (afterSensorId) => {
      const sensorIds = sensorPage.all(afterSensorId);
      const readings = sensorIds.flatMap((sensorId) =>
        newest.all({ sensorId }).map((row) => toReading(sensorId, row)),
      );
      return { readings, lastSensorId: sensorIds.at(-1) };
    },
    latest: (sensorId) => newest.all({ sensorId }).map((row) => toReading(sensorId, row))[0],
    readings: ({ sensorId, fromUs, toUs, newestFirst, after, limit }) => {
      if (newestFirst) {
        const lastUs = Math.min(toUs - 1, after?.timestampUs ?? toUs - 1);
        const beforeZone = after?.timestampUs === lastUs ? after.zone : null;
        return newestPage
          .all({ sensorId, fromUs, lastUs, beforeZone, limit })
          .map((row) => toReading(sensorId, row));
      }
      const startUs = Math.max(fromUs, after?.timestampUs ?? fromUs);
      // No zone is empty, so '' sorts before all zones of the first microsecond.
      const afterZone = after?.timestampUs === startUs ? after.zone : '';
      return page.all({ sensorId, startUs, toUs, afterZone, limit }).map((row) => toReading(sensorId, row));
    },
    bucketSlice: bucketSlices(db),
  };
});

function toReading(sensorId: string, { latencyMs, ...row }: Row): Reading {
  return latencyMs === null ? { sensorId, ...row } : { sensorId, ...row, latencyMs };
}
