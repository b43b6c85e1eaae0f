import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a start takes of the disk at most, in bytes: each SQLite file needs 32 KiB for its index, and some for its log. */
export const START_BYTES = 1 << 20;

/** Always for want of room. */
const FULL = ['SQLITE_FULL', 'ENOSPC', 'EDQUOT'];
/**
 * Often for want of room: SQLite says so where it cannot make a file and where a -shm does not fit (both seen on a full tmpfs),
 * and where a write fails otherwise, as by a quota.
 */
const OFTEN_FULL = ['SQLITE_CANTOPEN', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_IOERR_SHMOPEN'];

/** Whether room on the disk may help. */
export function mayNeedSpace(error: unknown): boolean {
  return [...FULL, ...OFTEN_FULL].includes(codeOf(error));
}

/** @returns why a path below DATA_DIR could not be opened or written, and what to do, for a person */
export function explainDiskError(path: string, error: unknown): string {
  const code = codeOf(error);
  const message = (error as Error).message.replaceAll('\n', ' ');
  const said = code === '' ? message : `${message} (${code})`;
  const free = freeBytes(dirname(path));
  if (FULL.includes(code) || (mayNeedSpace(error) && free !== undefined && free < START_BYTES))
    return (
      `There is no room on the disk for ${path}: ${free ?? 'an unknown number of'} bytes are free, ` +
      `and a start needs ${START_BYTES}. Make room there, then start again. (${said})`
    );
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO')
    return (
      `The disk fails at ${path}: ${said}. The file stays where it is, as it is. ` +
      'Check the disk and its quota, then start again.'
    );
  return `Cannot open ${path}: ${said}`;
}

/** What may still be written to the disk of a folder; undefined when the system does not say. */
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
