import type { Database } from 'better-sqlite3';

import type { DropStep, RetentionSteps } from './retention.js';

/** Sensors checked in one step, a few microseconds each. */
const SENSORS_PER_STEP = 500;
/** Pages moved into the file's gaps in one step; a page is 4 KiB. */
const PAGES_PER_STEP = 200;
/** Free pages that stay in the file for new readings: 1 MiB, or a twentieth of the file. */
const MIN_FREE_PAGES = 256;
const FREE_SHARE = 1 / 20;

/** Makes the steps that delete readings from the SQLite file and return its space. */
export function retentionSteps(db: Database): RetentionSteps {
  const sensorsFrom = db
    .prepare<[number, number], number>('SELECT sensor FROM sensors WHERE sensor >= ? ORDER BY sensor LIMIT ?')
    .pluck();
  const timeAt = db
    .prepare<[number, number, number], number>(
      'SELECT timestamp_us FROM readings WHERE sensor = ? AND timestamp_us < ? ORDER BY timestamp_us LIMIT 1 OFFSET ?',
    )
    .pluck();
  const drop = db.prepare<[number, number]>('DELETE FROM readings WHERE sensor = ? AND timestamp_us < ?');

  return {
    dropBefore: db.transaction((beforeUs: number, fromSensor: number, maxReadings: number): DropStep => {
      const sensors = sensorsFrom.all(fromSensor, SENSORS_PER_STEP);
      let left = maxReadings;
      for (const sensor of sensors) {
        const lastUs = timeAt.get(sensor, beforeUs, left);
        // Readings of one microsecond are deleted together, so that each step makes progress.
        left -= drop.run(sensor, lastUs === undefined ? beforeUs : lastUs + 1).changes;
        if (left <= 0) return { removed: maxReadings - left, nextSensor: sensor };
      }
      const last = sensors.at(-1);
      const isEnd = last === undefined || sensors.length < SENSORS_PER_STEP;
      return { removed: maxReadings - left, nextSensor: isEnd ? undefined : last + 1 };
    }),

    giveBackSpace: () => {
      const free = db.pragma('freelist_count', { simple: true }) as number;
      const pages = db.pragma('page_count', { simple: true }) as number;
      const spare = free - Math.max(MIN_FREE_PAGES, Math.ceil(pages * FREE_SHARE));
      // A file from before retention existed has no auto_vacuum: its free pages wait for new readings.
      if (spare <= 0 || db.pragma('auto_vacuum', { simple: true }) !== 2) return false;
      db.pragma(`incremental_vacuum(${Math.min(spare, PAGES_PER_STEP)})`);
      return spare > PAGES_PER_STEP;
    },
  };
}
