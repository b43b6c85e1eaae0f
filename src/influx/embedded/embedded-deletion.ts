import type { Database } from 'better-sqlite3';

import type { Deletion } from '../../model/deletion.js';

/** What one slice of a deletion did. */
export interface DeletionSlice {
  /** How many readings it counted or deleted. */
  readonly readings: number;
  /** Where the next slice begins, in microseconds; undefined when this was the last one. */
  readonly nextUs: number | undefined;
}

export type SliceOfDeletion = (deletion: Deletion, maxReadings: number) => DeletionSlice;

interface Slice {
  readonly sensor: number;
  readonly zone: string | null;
  readonly fromUs: number;
  readonly toUs: number;
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
  const findSensor = db.prepare<[string], number>('SELECT sensor FROM sensors WHERE sensor_id = ?').pluck();
  const timeAt = db
    .prepare<[Slice & { offset: number }], number>(
      `SELECT timestamp_us ${IN_SLICE} ORDER BY timestamp_us LIMIT 1 OFFSET @offset`,
    )
    .pluck();
  return ({ sensorId, zone, fromUs, toUs }, maxReadings) => {
    const sensor = findSensor.get(sensorId);
    if (sensor === undefined) return { readings: 0, nextUs: undefined };
    const range = { sensor, zone: zone ?? null, fromUs, toUs };
    const lastUs = timeAt.get({ ...range, offset: maxReadings });
    // Readings of one microsecond stay in one slice, so that each slice makes progress.
    const nextUs = lastUs === undefined ? undefined : Math.max(lastUs, fromUs + 1);
    return { readings: run({ ...range, toUs: nextUs ?? toUs }), nextUs };
  };
}
