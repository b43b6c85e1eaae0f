import { serveSqliteReader } from '../../common/workers/serve-sqlite-reader.js';

/** Which reading it is, as the file's primary key says. */
export interface ReadingKey {
  readonly sensor: number;
  readonly timestampUs: number;
  readonly zone: number;
}

/** The calls from countReadings(). */
export interface CountReadingsCalls extends Record<string, (...args: never[]) => unknown> {
  /** @returns the reading that comes so many places after another one; undefined when there are fewer */
  keyAfter(key: ReadingKey, places: number): ReadingKey | undefined;
  /** How many readings come after one. */
  countAfter(key: ReadingKey): number;
}

const AFTER = 'FROM readings WHERE (sensor, timestamp_us, zone) > (@sensor, @timestampUs, @zone)';

serveSqliteReader((db): CountReadingsCalls => {
  const key = db.prepare<[ReadingKey & { offset: number }], ReadingKey>(
    `SELECT sensor, timestamp_us AS timestampUs, zone ${AFTER}
     ORDER BY sensor, timestamp_us, zone LIMIT 1 OFFSET @offset`,
  );
  const count = db.prepare<[ReadingKey], number>(`SELECT count(*) ${AFTER}`).pluck();
  return {
    keyAfter: (after, places) => key.get({ ...after, offset: places - 1 }),
    countAfter: (after) => count.get(after) ?? 0,
  };
});
