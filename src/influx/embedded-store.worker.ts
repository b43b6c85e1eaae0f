import type { Reading } from '../reading/reading.js';
import { serveSqlite } from '../threads/serve-sqlite.js';
import type { ReadingRange } from './reading-store.js';

/** What EmbeddedStore asks of its thread. */
export interface EmbeddedStoreCalls extends Record<string, (...args: never[]) => unknown> {
  write(readings: readonly Reading[]): void;
  latest(sensorId: string): Reading | undefined;
  /** The newest readings of the sensors whose ids follow one, in the order of their ids. */
  latestPage(afterSensorId: string): Reading[];
  readings(range: ReadingRange): Reading[];
}

interface Row {
  readonly zone: string;
  readonly value: number;
  readonly latencyMs: number | null;
  readonly timestampUs: number;
}

// Readings of one sensor stand together, in time order; names are kept once.
const MIGRATIONS = [
  `CREATE TABLE sensors (sensor INTEGER PRIMARY KEY, sensor_id TEXT NOT NULL UNIQUE);
   CREATE TABLE zones (zone INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
   CREATE TABLE readings (
     sensor INTEGER NOT NULL,
     timestamp_us INTEGER NOT NULL,
     zone INTEGER NOT NULL,
     value REAL NOT NULL,
     latency_ms REAL,
     PRIMARY KEY (sensor, timestamp_us, zone)
   ) WITHOUT ROWID;`,
];

// SQLite's BINARY collation compares UTF-8 bytes, as compareReadings() does.
const SELECT = `
  SELECT name AS zone, value, latency_ms AS latencyMs, timestamp_us AS timestampUs
  FROM readings JOIN zones USING (zone)
  WHERE sensor = (SELECT sensor FROM sensors WHERE sensor_id = @sensorId)`;

serveSqlite(MIGRATIONS, (db): EmbeddedStoreCalls => {
  const addSensor = db.prepare('INSERT INTO sensors (sensor_id) VALUES (?) ON CONFLICT DO NOTHING');
  const addZone = db.prepare('INSERT INTO zones (name) VALUES (?) ON CONFLICT DO NOTHING');
  const put = db.prepare(`
    INSERT INTO readings (sensor, timestamp_us, zone, value, latency_ms)
    SELECT sensor, @timestampUs, zone, @value, @latencyMs FROM sensors, zones
    WHERE sensor_id = @sensorId AND name = @zone
    ON CONFLICT DO UPDATE SET value = excluded.value, latency_ms = coalesce(excluded.latency_ms, latency_ms)`);
  const newest = db.prepare<[{ sensorId: string }], Row>(
    `${SELECT} ORDER BY timestamp_us DESC, name DESC LIMIT 1`,
  );
  const page = db.prepare<[object], Row>(`${SELECT}
    AND timestamp_us >= @startUs AND timestamp_us < @toUs
    AND (timestamp_us > @startUs OR name > @afterZone)
    ORDER BY timestamp_us, name LIMIT @limit`);

  // A sensor is only ever added together with its first reading.
  const sensorPage = db.prepare<[string], { sensorId: string }>(
    'SELECT sensor_id AS sensorId FROM sensors WHERE sensor_id > ? ORDER BY sensor_id LIMIT 1000',
  );

  return {
    write: db.transaction((readings: readonly Reading[]) => {
      for (const reading of readings) {
        const row = { ...reading, latencyMs: reading.latencyMs ?? null };
        if (put.run(row).changes > 0) continue;
        addSensor.run(reading.sensorId);
        addZone.run(reading.zone);
        put.run(row);
      }
    }),
    latestPage: (afterSensorId) =>
      sensorPage
        .all(afterSensorId)
        .flatMap(({ sensorId }) => newest.all({ sensorId }).map((row) => toReading(sensorId, row))),
    latest: (sensorId) => newest.all({ sensorId }).map((row) => toReading(sensorId, row))[0],
    readings: ({ sensorId, fromUs, toUs, after, limit }) => {
      const startUs = Math.max(fromUs, after?.timestampUs ?? fromUs);
      // No zone is empty, so '' stands before all zones of the first moment.
      const afterZone = after?.timestampUs === startUs ? after.zone : '';
      return page.all({ sensorId, startUs, toUs, afterZone, limit }).map((row) => toReading(sensorId, row));
    },
  };
});

function toReading(sensorId: string, { latencyMs, ...row }: Row): Reading {
  return latencyMs === null ? { sensorId, ...row } : { sensorId, ...row, latencyMs };
}
