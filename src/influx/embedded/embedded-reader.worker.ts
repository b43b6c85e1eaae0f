import type { Reading } from '../../model/reading.js';
import { serveSqliteReader } from '../../common/workers/serve-sqlite-reader.js';
import { countSlices, type SliceOfDeletion } from './embedded-deletion.js';
import { type BucketSlice, bucketSlices } from './embedded-buckets.js';
import { latencySlices, type SliceOfLatencies } from './embedded-latencies.js';
import type { BucketRange, ReadingRange } from '../reading-store.js';
import { SensorSlices } from './sensor-slices.js';

/** The calls from EmbeddedStore to the reading thread. */
export interface EmbeddedReaderCalls extends Record<string, (...args: never[]) => unknown> {
  latest(sensorId: string): Reading | undefined;
  latestPage(afterSensorId: string): LatestPage;
  readingsSlice(range: ReadingRange): ReadingsSlice;
  sensorIdsAfter(sensorId: string): string[];
  bucketSlice(range: BucketRange, maxReadings: number): BucketSlice;
  latencySlice: SliceOfLatencies;
  countSlice: SliceOfDeletion;
}

/** The newest readings of the next sensors, in the order of their ids. */
export interface LatestPage {
  readonly readings: readonly Reading[];
  /** The last sensor of the page; undefined when the page is empty. */
  readonly lastSensorId: string | undefined;
}

/** Some of the readings that were asked for, the first ones. */
export interface ReadingsSlice {
  readonly readings: readonly Reading[];
  /** Where the others are, after the last of these; undefined when there are none. */
  readonly rest?: Pick<ReadingRange, 'fromUs' | 'toUs'>;
}

/** When only readings of one zone are asked for, the most that one slice looks at: about 10 ms. */
const SCANNED_READINGS = 20_000;

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
    AND (timestamp_us > @startUs OR name > @afterZone) AND (@zone IS NULL OR name = @zone)
    ORDER BY timestamp_us, name LIMIT @limit`);
  const newestPage = db.prepare<[object], Row>(`${SELECT}
    AND timestamp_us >= @fromUs AND timestamp_us <= @lastUs
    AND (timestamp_us < @lastUs OR @beforeZone IS NULL OR name < @beforeZone)
    AND (@zone IS NULL OR name = @zone)
    ORDER BY timestamp_us DESC, name DESC LIMIT @limit`);
  const sensors = new SensorSlices(db);
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
    readingsSlice: (range) => {
      const { sensorId, zone = null, newestFirst = false, after, limit } = range;
      let { fromUs, toUs } = range;
      if (newestFirst) toUs = Math.min(toUs, (after?.timestampUs ?? toUs) + 1);
      else fromUs = Math.max(fromUs, after?.timestampUs ?? fromUs);
      const sensor = sensors.keyOf(sensorId);
      if (sensor === undefined) return { readings: [] };
      const whole = { sensor, fromUs, toUs };
      let rows: Row[];
      let rest: ReadingsSlice['rest'];
      // Readings of other zones are read, too, so that a slice must end also when it finds none of this one.
      if (newestFirst) {
        const startUs = zone === null ? undefined : sensors.startOf(whole, SCANNED_READINGS);
        const lastUs = toUs - 1;
        const beforeZone = after?.timestampUs === lastUs ? after.zone : null;
        rows = newestPage.all({ sensorId, zone, fromUs: startUs ?? fromUs, lastUs, beforeZone, limit });
        rest = startUs === undefined ? undefined : { fromUs, toUs: startUs };
      } else {
        const endUs = zone === null ? undefined : sensors.endOf(whole, SCANNED_READINGS);
        // No zone is empty, so '' sorts before all zones of the first microsecond.
        const afterZone = after?.timestampUs === fromUs ? after.zone : '';
        rows = page.all({ sensorId, zone, startUs: fromUs, toUs: endUs ?? toUs, afterZone, limit });
        rest = endUs === undefined ? undefined : { fromUs: endUs, toUs };
      }
      return {
        readings: rows.map((row) => toReading(sensorId, row)),
        rest: rows.length === limit ? { fromUs, toUs } : rest,
      };
    },
    sensorIdsAfter: (sensorId) => sensorPage.all(sensorId),
    bucketSlice: bucketSlices(db),
    latencySlice: latencySlices(db),
    countSlice: countSlices(db),
  };
});

function toReading(sensorId: string, { latencyMs, ...row }: Row): Reading {
  return latencyMs === null ? { sensorId, ...row } : { sensorId, ...row, latencyMs };
}
