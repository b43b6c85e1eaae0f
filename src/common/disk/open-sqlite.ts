import { closeSync, linkSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';

import Database from 'better-sqlite3';

import { isInTheWay, kindOf, putAside } from './put-aside.js';

/** Files up to this size are checked in full at startup; larger ones would take seconds. */
const MAX_CHECKED_BYTES = 64 << 20;
/** SQLite takes a file that is shorter than its header for an empty one, and would silently start again. */
const HEADER_BYTES = 100;
/** The files that SQLite keeps beside a database. */
const SIDE_FILES = ['-wal', '-shm', '-journal'];
/** A schema that is newer by more versions than this is not a newer schema but a damaged number. */
const MAX_NEWER = 1_000;

export interface SqliteOptions {
  readonly path: string;
  /** The folder that damaged files are moved to; without one they stay in place, and cannot be opened. */
  readonly aside: string | undefined;
  /** Opens it for reading only: neither its content nor its schema changes. The file must exist. */
  readonly readOnly?: boolean;
}

export interface SqliteFileOptions {
  /** Whether a new file can return space to the disk later (incremental_vacuum); this makes it 0.1 % larger. */
  readonly shrinks?: boolean;
  /** Called before a damaged file is moved; when it throws, the file stays in place. */
  readonly onDamage?: () => void;
}

/** An open SQLite file, and the new path of the damaged file that was in its place. */
export interface OpenedSqlite<T> {
  readonly db: Database.Database;
  readonly prepared: T;
  readonly damagedFile: string | undefined;
}

/** The path does not hold a sound file of the gateway. */
class Damage extends Error {}

/**
 * Opens a SQLite file, and creates it when it is missing. A damaged file, or anything else in its place, is moved to the
 * folder for damaged files, and a new file is created. A disk error is not damage: the file may be sound, so it stays.
 * @param migrations SQL for each version of the schema; those that the file has not seen run once, in order
 * @param prepare prepares statements for the open file; when one does not fit, the file is damaged
 * @throws Error that says why it cannot be opened, with SQLite's or the system's code
 */
export function openSqlite<T>(
  { path, aside, readOnly = false }: SqliteOptions,
  migrations: readonly string[],
  prepare: (db: Database.Database) => T,
  options: SqliteFileOptions = {},
): OpenedSqlite<T> {
  try {
    const moveAside = (file: string, suffixes?: readonly string[]): string => {
      if (aside === undefined) throw new Error(`${file} is damaged. It was not moved or changed`);
      return putAside(file, aside, suffixes);
    };
    for (const suffix of SIDE_FILES) if (isInTheWay(path + suffix)) moveAside(path + suffix);
    const attempt = (): Omit<OpenedSqlite<T>, 'damagedFile'> =>
      readOnly ? openForReading(path, migrations, prepare) : open(path, migrations, prepare, options);
    const sound = unlessDamaged(attempt) ?? unlessDamaged(() => readThrough(path, attempt));
    if (sound) return { ...sound, damagedFile: undefined };
    options.onDamage?.();
    const damagedFile = moveAside(path, SIDE_FILES);
    return { ...attempt(), damagedFile };
  } catch (error) {
    throw withoutClass(error);
  }
}

/** A SqliteError loses its class when it is passed to another thread; this keeps its code. */
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
 * Opens a file that seems damaged once more after reading all of it: SQLite reports some disk errors as damage.
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

function openForReading<T>(
  path: string,
  migrations: readonly string[],
  prepare: (db: Database.Database) => T,
): Omit<OpenedSqlite<T>, 'damagedFile'> {
  if (kindOf(path) !== 'file') throw new Damage('it is not a file');
  const { size } = statSync(path);
  if (size < HEADER_BYTES) throw new Damage('it is truncated');
  const db = new Database(path, { readonly: true });
  try {
    if (size <= MAX_CHECKED_BYTES) check(db);
    const version = versionOf(db, migrations);
    if (version < migrations.length)
      throw new Error(
        `it was written by an older gateway (schema ${version}, this one knows ${migrations.length}). ` +
          'Start this version on its folder once.',
      );
    return { db, prepared: prepare(db) };
  } catch (error) {
    db.close();
    throw error;
  }
}

function open<T>(
  path: string,
  migrations: readonly string[],
  prepare: (db: Database.Database) => T,
  options: SqliteFileOptions,
): Omit<OpenedSqlite<T>, 'damagedFile'> {
  if (isInTheWay(path)) throw new Damage('it is not a file');
  if (kindOf(path) === 'missing') create(path, migrations, options);
  else if (statSync(path).size < HEADER_BYTES) throw new Damage('it is truncated');
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
 * Creates a file that is complete from the start, so that an empty file is known to be damaged. Another process may create
 * it at the same time: the first one wins.
 */
function create(path: string, migrations: readonly string[], options: SqliteFileOptions): void {
  // SQLite would apply an old -wal to the new file, unless SQLite creates that file itself.
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
    moveIntoPlace(unfinished, path);
  } finally {
    clean();
  }
}

function moveIntoPlace(unfinished: string, path: string): void {
  try {
    linkSync(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    // Some file systems do not support hard links.
    if (kindOf(path) === 'missing') renameSync(unfinished, path);
  }
}

function setUp(db: Database.Database, { shrinks = false }: SqliteFileOptions): void {
  // This works only on an empty file, so it comes before anything that writes the first page.
  if (shrinks && db.pragma('page_count', { simple: true }) === 0) db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma('journal_mode = WAL');
  // FULL: a commit returns only after its fsync. NORMAL could lose it in a power failure.
  db.pragma('synchronous = FULL');
}

/** @throws SqliteError SQLITE_CORRUPT when the file is damaged, SQLITE_IOERR when the disk failed */
function check(db: Database.Database): void {
  const found = String(db.pragma('quick_check(1)', { simple: true }));
  if (found === 'ok') return;
  // SQLite reports an error while reading a page as damage; the lowest byte of the code is the kind of error.
  const code = Number(/error code=(\d+)/.exec(found)?.[1] ?? 0) & 0xff;
  throw new Database.SqliteError(found, DISK_ERRORS[code] ?? 'SQLITE_CORRUPT');
}

const DISK_ERRORS: Readonly<Record<number, string>> = {
  7: 'SQLITE_NOMEM',
  10: 'SQLITE_IOERR',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
};

/** @throws Error when the file was written by a newer gateway, or by none */
function versionOf(db: Database.Database, migrations: readonly string[]): number {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version < 0 || version > migrations.length + MAX_NEWER) throw new Damage(`its schema is ${version}`);
  if (version > migrations.length) {
    throw new Error(
      `it was written by a newer gateway (schema ${version}, this one knows ${migrations.length}). ` +
        'Start that newer version, or set DATA_DIR to another folder.',
    );
  }
  return version;
}

function migrate(db: Database.Database, migrations: readonly string[]): void {
  // Even an empty commit fails on a full disk.
  if (versionOf(db, migrations) === migrations.length) return;
  db.transaction(() => {
    for (const sql of migrations.slice(versionOf(db, migrations))) db.exec(sql);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

/**
 * Whether the content of the file is wrong. SQLITE_ERROR and SQLITE_CONSTRAINT: tables are missing or unexpected.
 * SQLITE_IOERR_SHORT_READ: the file is shorter than its header says. All other SQLITE_IOERR are disk errors that may pass.
 */
function isDamage(error: unknown): boolean {
  return (
    error instanceof Damage ||
    (error instanceof Database.SqliteError &&
      /^SQLITE_(NOTADB|CORRUPT|ERROR|CONSTRAINT|IOERR_SHORT_READ)/.test(error.code))
  );
}
