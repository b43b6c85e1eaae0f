import type { Database } from 'better-sqlite3';

import type { Deletion } from '../../model/deletion.js';
import { type SensorRange, SensorSlices } from './sensor-slices.js';

/** What one slice of a deletion did. */
export interface DeletionSlice {
  /** How many readings it counted or deleted. */
  readonly readings: number;
  /** Where the next slice begins, in microseconds; undefined when this was the last one. */
  readonly nextUs: number | undefined;
}

/** Runs the first slice of a deletion, which looks at no more than `maxReadings`, also those of other zones. */
export type SliceOfDeletion = (deletion: Deletion, maxReadings: number) => DeletionSlice;

interface Slice extends SensorRange {
  readonly zone: string | null;
}

const IN_SLICE = `FROM readings WHERE sensor = @sensor AND timestamp_us >= @fromUs AND timestamp_us < @toUs
  AND (@zone IS NULL OR zone = (SELECT zone FROM zones WHERE name = @zone))`;

/** Makes the function that counts the readings of a deletion, slice by slice. */
export function countSlices(db: Database): SliceOfDeletion {
  const count = db.prepare<[Slice], number>(`SELECT count(*) ${IN_SLICE}`).pluck();
  return slices(db, (slice) => count.get(slice) ?? 0);
}

/** Makes the function that deletes the readings of a deletion, slice by slice. */
export function deleteSlices(db: Database): SliceOfDeletion {
  const drop = db.prepare<[Slice]>(`DELETE ${IN_SLICE}`);
  return slices(db, (slice) => drop.run(slice).changes);
}

function slices(db: Database, run: (slice: Slice) => number): SliceOfDeletion {
  const sensors = new SensorSlices(db);
  return ({ sensorId, zone, fromUs, toUs }, maxReadings) => {
    const sensor = sensors.keyOf(sensorId);
    if (sensor === undefined) return { readings: 0, nextUs: undefined };
    const nextUs = sensors.endOf({ sensor, fromUs, toUs }, maxReadings);
    return { readings: run({ sensor, zone: zone ?? null, fromUs, toUs: nextUs ?? toUs }), nextUs };
  };
}
