import { readdirSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { explainAccess } from '../errors/explain-access.js';
import { kindOf } from './put-aside.js';

/** The most disk space that a start needs, in bytes: each SQLite file needs 32 KiB for its index, and some for its log. */
export const START_BYTES = 1 << 20;

/** Errors that always mean too little space. */
const FULL = ['SQLITE_FULL', 'ENOSPC', 'EDQUOT'];
/**
 * Errors that often mean too little space: SQLite reports them when it cannot create a file or when a -shm does not fit (both
 * seen on a full tmpfs), and when a write fails for another reason, such as a quota.
 */
const OFTEN_FULL = ['SQLITE_CANTOPEN', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_IOERR_SHMOPEN'];

/** Errors that mean, or may mean, that the path belongs to another user, or is on a read-only disk. */
const FORBIDDEN =
  /^(EACCES|EPERM|EROFS|SQLITE_(CANTOPEN|READONLY|PERM)|SQLITE_IOERR_(ACCESS|SHMOPEN|DELETE))/;
/** What SQLite keeps beside a database. */
const SIDE_FILES = ['-wal', '-shm', '-journal'];
/** Files of a folder that are looked at. */
const MAX_FILES = 10_000;

/** Whether more free disk space may help. */
export function mayNeedSpace(error: unknown): boolean {
  return [...FULL, ...OFTEN_FULL].includes(codeOf(error));
}

/** Whether an error, or what caused it, says that the disk is full. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return FULL.includes(codeOf(error)) || isDiskFull(error.cause);
}

/** Why a path below DATA_DIR could not be opened or written, and what to do, as a log message. */
export function explainDiskError(path: string, error: unknown): string {
  const code = codeOf(error);
  const message = (error as Error).message.replaceAll('\n', ' ');
  const reason = code === '' ? message : `${message} (${code})`;
  const forbidden = FORBIDDEN.test(code) ? explainForbidden(path) : undefined;
  if (forbidden !== undefined) return `Cannot open ${path}: ${forbidden}`;
  const free = freeBytes(dirname(path));
  if (FULL.includes(code) || (mayNeedSpace(error) && free !== undefined && free < START_BYTES))
    return (
      `The disk has no space for ${path}: ${free ?? 'an unknown number of'} bytes are free, ` +
      `and a start needs ${START_BYTES}. Free some space, then start again. (${reason})`
    );
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO')
    return (
      `The disk failed at ${path}: ${reason}. The file was not moved or changed. ` +
      'Check the disk and its quota, then start again.'
    );
  return `Cannot open ${path}: ${reason}`;
}

/** @returns which of the files that belong to a path may not be used, why, and what to do */
function explainForbidden(path: string): string | undefined {
  const reason = explainAccess(path);
  if (reason !== undefined) return reason;
  const others = kindOf(path) === 'folder' ? filesIn(path) : SIDE_FILES.map((suffix) => path + suffix);
  for (const other of others) {
    const reasonOfOther = explainAccess(other);
    if (reasonOfOther !== undefined) return reasonOfOther;
  }
  return undefined;
}

function filesIn(folder: string): string[] {
  const names = readdirSync(folder).slice(0, MAX_FILES);
  return names.map((name) => join(folder, name));
}

/** The free bytes on the disk of a folder; undefined when the system does not say. */
export function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
