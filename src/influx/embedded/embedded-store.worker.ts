import { serveSqlite } from '../../common/workers/serve-sqlite.js';
import { deleteSlices, type SliceOfDeletion } from './embedded-deletion.js';
import type { PackedReadings } from './packed-readings.js';
import { retentionSteps } from './retention-steps.js';
import type { RetentionSteps } from './retention.js';
import { readingWriter } from './write-readings.js';

/** The calls from EmbeddedStore to the writing thread. */
export interface EmbeddedStoreCalls extends Record<string, (...args: never[]) => unknown>, RetentionSteps {
  write(readings: PackedReadings): void;
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
    return {
      write: readingWriter(db),
      deleteSlice: deleteSlices(db),
      ...retentionSteps(db),
    };
  },
  { shrinks: true },
);
