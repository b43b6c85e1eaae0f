import { serveSqliteReader } from '../../common/workers/serve-sqlite-reader.js';

/** The call from countReadings(). */
export interface CountReadingsCalls extends Record<string, (...args: never[]) => unknown> {
  count(): number;
}

serveSqliteReader((db): CountReadingsCalls => {
  const count = db.prepare<[], number>('SELECT count(*) FROM readings').pluck();
  return { count: () => count.get() ?? 0 };
});
