import { workerData } from 'node:worker_threads';

import type Database from 'better-sqlite3';

import type { Calls } from './call-thread.js';
import { openSqlite, type SqliteFileOptions, type SqliteOptions } from '../disk/open-sqlite.js';
import { serveCalls } from './serve-calls.js';

/**
 * Opens this thread's SQLite file and answers calls until its CallThread closes. A file that is damaged is kept
 * aside, and a new one begun.
 * @param migrations SQL per version of the file's schema; those the file has not seen yet run once, in order
 * @param calls makes the functions that may be called, over the open file
 */
export function serveSqlite(
  migrations: readonly string[],
  calls: (db: Database.Database) => Calls,
  options: SqliteFileOptions = {},
): void {
  const { db, prepared, damagedFile } = openSqlite(workerData as SqliteOptions, migrations, calls, options);
  serveCalls(prepared, () => db.close(), damagedFile);
}
