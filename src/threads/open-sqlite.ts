import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

import Database from 'better-sqlite3';

/** Up to this size a file is read whole at the start to find damage; beyond it that would take seconds. */
const MAX_CHECKED_BYTES = 64 << 20;

export interface SqliteOptions {
  readonly path: string;
  /** The folder for damaged files. */
  readonly aside: string;
}

export interface SqliteFileOptions {
  /** Whether a new file can give space back to the disk later (incremental_vacuum); it grows by a thousandth. */
  readonly shrinks?: boolean;
}

/** A SQLite file, and where the damaged one is kept that was found in its place. */
export interface OpenedSqlite {
  readonly db: Database.Database;
  readonly damagedFile: string | undefined;
}

/**
 * Opens a SQLite file, made when it is missing. One that is damaged is kept aside, and a new one begun.
 * @param migrations SQL per version of the file's schema; those the file has not seen yet run once, in order
 * @throws Error saying why it cannot be opened
 */
export function openSqlite(
  { path, aside }: SqliteOptions,
  migrations: readonly string[],
  options: SqliteFileOptions = {},
): OpenedSqlite {
  try {
    return { db: open(path, migrations, options), damagedFile: undefined };
  } catch (error) {
    if (!isDamage(error)) throw withoutClass(error);
    const damagedFile = moveAside(path, aside);
    return { db: open(path, migrations, options), damagedFile };
  }
}

function open(
  path: string,
  migrations: readonly string[],
  { shrinks = false }: SqliteFileOptions,
): Database.Database {
  const large = existsSync(path) && statSync(path).size > MAX_CHECKED_BYTES;
  const db = new Database(path);
  try {
    // It counts for an empty file only, so it comes before everything that makes the first page.
    if (shrinks) db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    // FULL: a commit has returned only once it is fsynced. NORMAL could lose it with the power.
    db.pragma('synchronous = FULL');
    const found = large ? 'ok' : db.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok') throw new Database.SqliteError(String(found), 'SQLITE_CORRUPT');
    migrate(db, migrations);
    return db;
  } catch (error) {
    db.close();
    throw error;
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

function isDamage(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code);
}

function moveAside(path: string, aside: string): string {
  mkdirSync(aside, { recursive: true });
  const target = join(aside, `${basename(path)}-${Date.now()}`);
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
  }
  return target;
}

/** A SqliteError does not survive the way to the other thread. */
function withoutClass(error: unknown): Error {
  return new Error((error as Error).message, { cause: error });
}
