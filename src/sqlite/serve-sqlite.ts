import { parentPort, workerData } from 'node:worker_threads';

import Database from 'better-sqlite3';

import type { Calls, Request, Response } from './sqlite-thread.js';

/**
 * Opens this thread's SQLite file and answers the calls of its SqliteThread until that closes.
 * @param migrations SQL per version of the file's schema; those the file has not seen yet run once, in order
 * @param calls makes the functions that may be called, over the open file
 */
export function serveSqlite(migrations: readonly string[], calls: (db: Database.Database) => Calls): void {
  const port = parentPort;
  if (!port) throw new Error('serveSqlite() runs in a worker thread');
  const { file } = workerData as { file: string };
  const db = open(file, migrations);
  const functions = calls(db);
  port.postMessage('open');

  port.on('message', (request: Request | undefined) => {
    if (request) {
      port.postMessage(answer(request));
    } else {
      db.close();
      port.close();
    }
  });

  function answer({ id, method, args }: Request): Response {
    try {
      return { id, result: functions[method]?.(...(args as never[])) };
    } catch (error) {
      return {
        id,
        error: { message: (error as Error).message, code: (error as { code?: string }).code ?? '' },
      };
    }
  }
}

function open(file: string, migrations: readonly string[]): Database.Database {
  try {
    const db = new Database(file);
    db.pragma('journal_mode = WAL');
    // FULL: a commit has returned only once it is fsynced. NORMAL could lose it with the power.
    db.pragma('synchronous = FULL');
    migrate(db, migrations);
    return db;
  } catch (error) {
    // A SqliteError does not survive the way to the other thread.
    throw new Error((error as Error).message, { cause: error });
  }
}

function migrate(db: Database.Database, migrations: readonly string[]): void {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version > migrations.length) {
    throw new Error(
      `it was written by a newer gateway (schema ${version}, this one knows ${migrations.length})`,
    );
  }
  db.transaction(() => {
    for (const sql of migrations.slice(version)) db.exec(sql);
    db.pragma(`user_version = ${migrations.length}`);
  })();
}
