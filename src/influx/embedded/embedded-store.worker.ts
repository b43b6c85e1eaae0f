import type { ReadingTuple } from '../../model/reading-tuple.js';
import { serveSqlite } from '../../common/workers/serve-sqlite.js';
import { deleteSlices, type SliceOfDeletion } from './embedded-deletion.js';
import { retentionSteps } from './retention-steps.js';
import type { RetentionSteps } from './retention.js';

/** The calls from EmbeddedStore to the writing thread. */
export interface EmbeddedStoreCalls extends Record<string, (...args: never[]) => unknown>, RetentionSteps {
  /** Writes reading tuples. They come as JSON, because text is copied between threads in a tenth of the time of objects. */
  write(text: string): void;
  deleteSlice: SliceOfDeletion;
}

// The readings of one sensor are stored together, in time order; each name is stored once.
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

serveSqlite(
  MIGRATIONS,
  (db): EmbeddedStoreCalls => {
    const addSensor = db.prepare('INSERT INTO sensors (sensor_id) VALUES (?) ON CONFLICT DO NOTHING');
    const addZone = db.prepare('INSERT INTO zones (name) VALUES (?) ON CONFLICT DO NOTHING');
    const put = db.prepare(`
      INSERT INTO readings (sensor, timestamp_us, zone, value, latency_ms)
      SELECT sensor, ?, zone, ?, ? FROM sensors, zones WHERE sensor_id = ? AND name = ?
      ON CONFLICT DO UPDATE SET value = excluded.value, latency_ms = coalesce(excluded.latency_ms, latency_ms)`);
    return {
      write: db.transaction((text: string) => {
        for (const [sensorId, zone, value, latencyMs, timestampUs] of JSON.parse(text) as ReadingTuple[]) {
          if (put.run(timestampUs, value, latencyMs, sensorId, zone).changes > 0) continue;
          addSensor.run(sensorId);
          addZone.run(zone);
          put.run(timestampUs, value, latencyMs, sensorId, zone);
        }
      }),
      deleteSlice: deleteSlices(db),
      ...retentionSteps(db),
    };
  },
  { shrinks: true },
);
