import { workerData } from 'node:worker_threads';

import type Database from 'better-sqlite3';

import type { Calls } from './call-thread.js';
import { openSqlite, type SqliteFileOptions, type SqliteOptions } from '../disk/open-sqlite.js';
import { serveCalls } from './serve-calls.js';

/**
 * Opens this thread's SQLite file and answers calls until its CallThread closes. A damaged file is moved to the folder for
 * damaged files, and a new one is created.
 * @param migrations SQL for each version of the schema; those that the file has not seen run once, in order
 * @param calls makes the functions that may be called, for the open file
 */
export function serveSqlite(
  migrations: readonly string[],
  calls: (db: Database.Database) => Calls,
  options: SqliteFileOptions = {},
): void {
  const { db, prepared, damagedFile } = openSqlite(workerData as SqliteOptions, migrations, calls, options);
  serveCalls(prepared, () => db.close(), damagedFile);
}
