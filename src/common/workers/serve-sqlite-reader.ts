import { workerData } from 'node:worker_threads';

import Database from 'better-sqlite3';

import type { Calls } from './call-thread.js';
import { serveCalls } from './serve-calls.js';
import { type SqliteOptions, withoutClass } from '../disk/open-sqlite.js';

/**
 * Answers calls that only read a SQLite file that another thread writes: in WAL mode neither waits for the other. A call
 * sees everything that was committed before it was made.
 * @param calls makes the functions that may be called, for the open file
 */
export function serveSqliteReader(calls: (db: Database.Database) => Calls): void {
  const { path } = workerData as SqliteOptions;
  const { db, prepared } = open(path, calls);
  serveCalls(prepared, () => db.close());
}

function open(
  path: string,
  calls: (db: Database.Database) => Calls,
): { readonly db: Database.Database; readonly prepared: Calls } {
  try {
    const db = new Database(path, { readonly: true });
    return { db, prepared: calls(db) };
  } catch (error) {
    throw withoutClass(error);
  }
}
