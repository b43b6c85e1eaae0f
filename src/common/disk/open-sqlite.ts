import { closeSync, linkSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';

import Database from 'better-sqlite3';

import { isInTheWay, kindOf, putAside } from './put-aside.js';

/** Up to this size a file is read whole at the start to find damage; beyond it that would take seconds. */
const MAX_CHECKED_BYTES = 64 << 20;
/** SQLite takes what is shorter than its header for an empty file, and would begin anew without a word. */
const HEADER_BYTES = 100;
/** What SQLite keeps beside a file. */
const SIDE_FILES = ['-wal', '-shm', '-journal'];
/** A file's schema is not newer than ours by so many versions: such a number is a damaged one. */
const MAX_NEWER = 1_000;

export interface SqliteOptions {
  readonly path: string;
  /** The folder for damaged files. */
  readonly aside: string;
}

export interface SqliteFileOptions {
  /** Whether a new file can give space back to the disk later (incremental_vacuum); it grows by a thousandth. */
  readonly shrinks?: boolean;
  /** Called before a damaged file is put aside; where it throws, that file stays where it is. */
  readonly onDamage?: () => void;
}

/** A SQLite file, and where the damaged one is kept that was found in its place. */
export interface OpenedSqlite<T> {
  readonly db: Database.Database;
  readonly prepared: T;
  readonly damagedFile: string | undefined;
}

/** What stands at a path is no file of ours. */
class Damage extends Error {}

/**
 * Opens a SQLite file, made when it is missing. One that is damaged is kept aside, as is anything else in its place, and
 * a new one begun. An error of the disk is no damage: the file may be sound, so it stays where it is.
 * @param migrations SQL per version of the file's schema; those the file has not seen yet run once, in order
 * @param prepare prepares statements over the open file; where one does not fit, the file is damaged
 * @throws Error with SQLite's or the system's code, saying why it cannot be opened
 */
export function openSqlite<T>(
  { path, aside }: SqliteOptions,
  migrations: readonly string[],
  prepare: (db: Database.Database) => T,
  options: SqliteFileOptions = {},
): OpenedSqlite<T> {
  try {
    for (const suffix of SIDE_FILES) if (isInTheWay(path + suffix)) putAside(path + suffix, aside);
    const attempt = (): Omit<OpenedSqlite<T>, 'damagedFile'> => open(path, migrations, prepare, options);
    const sound = unlessDamaged(attempt) ?? unlessDamaged(() => readThrough(path, attempt));
    if (sound) return { ...sound, damagedFile: undefined };
    options.onDamage?.();
    const damagedFile = putAside(path, aside, SIDE_FILES);
    return { ...attempt(), damagedFile };
  } catch (error) {
    throw withoutClass(error);
  }
}

/** A SqliteError does not survive the way to the other thread; its code does. */
export function withoutClass(error: unknown): Error {
  const { message, code = '' } = error as Error & { code?: string };
  return Object.assign(new Error(message, { cause: error }), { code });
}

/** @returns undefined when the file is damaged */
function unlessDamaged<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}

/**
 * Tries a file that seems damaged once more, when all of it can be read: SQLite takes some errors of the disk for damage.
 * @throws Error with the system's code when it cannot be read
 */
function readThrough<T>(path: string, attempt: () => T): T {
  if (kindOf(path) !== 'file') return attempt();
  const bytes = Buffer.alloc(1 << 20);
  const fd = openSync(path, 'r');
  try {
    while (readSync(fd, bytes) > 0);
  } finally {
    closeSync(fd);
  }
  return attempt();
}

function open<T>(
  path: string,
  migrations: readonly string[],
  prepare: (db: Database.Database) => T,
  options: SqliteFileOptions,
): Omit<OpenedSqlite<T>, 'damagedFile'> {
  if (isInTheWay(path)) throw new Damage('it is no file');
  if (kindOf(path) === 'missing') create(path, migrations, options);
  else if (statSync(path).size < HEADER_BYTES) throw new Damage('it is cut off');
  const isLarge = kindOf(path) === 'file' && statSync(path).size > MAX_CHECKED_BYTES;
  const db = new Database(path);
  try {
    setUp(db, options);
    if (!isLarge) check(db);
    migrate(db, migrations);
    return { db, prepared: prepare(db) };
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Makes a file that is whole from its first moment, so that an empty one is known to be damaged. Another process may make it
 * at the same time: the first one stands.
 */
function create(path: string, migrations: readonly string[], options: SqliteFileOptions): void {
  // SQLite would take a -wal without a file for that of the new one, unless it makes that itself.
  if (SIDE_FILES.some((suffix) => kindOf(path + suffix) !== 'missing')) return;
  const unfinished = `${path}.new-${process.pid}`;
  const clean = (): void => {
    for (const suffix of ['', ...SIDE_FILES]) rmSync(unfinished + suffix, { force: true, recursive: true });
  };
  clean();
  try {
    const db = new Database(unfinished);
    try {
      setUp(db, options);
      migrate(db, migrations);
    } finally {
      db.close();
    }
    giveName(unfinished, path);
  } finally {
    clean();
  }
}

function giveName(unfinished: string, path: string): void {
  try {
    linkSync(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    // Some file systems know no second names.
    if (kindOf(path) === 'missing') renameSync(unfinished, path);
  }
}

function setUp(db: Database.Database, { shrinks = false }: SqliteFileOptions): void {
  // It counts for an empty file only, so it comes before everything that makes the first page; another one is written to.
  if (shrinks && db.pragma('page_count', { simple: true }) === 0) db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma('journal_mode = WAL');
  // FULL: a commit has returned only once it is fsynced. NORMAL could lose it with the power.
  db.pragma('synchronous = FULL');
}

/** @throws SqliteError SQLITE_CORRUPT when the file is damaged, SQLITE_IOERR when the disk did not let it be read */
function check(db: Database.Database): void {
  const found = String(db.pragma('quick_check(1)', { simple: true }));
  if (found === 'ok') return;
  // An error while a page is read is told as if the page were damaged; the lowest byte is what kind of error it was.
  const code = Number(/error code=(\d+)/.exec(found)?.[1] ?? 0) & 0xff;
  throw new Database.SqliteError(found, DISK_ERRORS[code] ?? 'SQLITE_CORRUPT');
}

const DISK_ERRORS: Readonly<Record<number, string>> = {
  7: 'SQLITE_NOMEM',
  10: 'SQLITE_IOERR',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
};

function migrate(db: Database.Database, migrations: readonly string[]): void {
  const versionOf = (): number => db.pragma('user_version', { simple: true }) as number;
  const version = versionOf();
  // On a full disk every commit is one too many.
  if (version === migrations.length) return;
  if (version < 0 || version > migrations.length + MAX_NEWER) throw new Damage(`its schema is ${version}`);
  if (version > migrations.length) {
    throw new Error(
      `it was written by a newer gateway (schema ${version}, this one knows ${migrations.length}). ` +
        'Start that newer version, or set DATA_DIR to another folder.',
    );
  }
  db.transaction(() => {
    for (const sql of migrations.slice(versionOf())) db.exec(sql);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

/**
 * What is in the file is wrong. SQLITE_ERROR and SQLITE_CONSTRAINT: tables are missing, or there that should not be.
 * SQLITE_IOERR_SHORT_READ: it is shorter than it says. All other SQLITE_IOERR are the disk's, and may be over soon.
 */
function isDamage(error: unknown): boolean {
  return (
    error instanceof Damage ||
    (error instanceof Database.SqliteError &&
      /^SQLITE_(NOTADB|CORRUPT|ERROR|CONSTRAINT|IOERR_SHORT_READ)/.test(error.code))
  );
}
