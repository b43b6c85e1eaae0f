import { createHash } from 'node:crypto';
import { open, realpath } from 'node:fs/promises';

import { ImportFileError } from './import-file-error.js';
import { count } from '../number-text.js';
import { statRegularFile, toFileError } from './regular-file.js';

const HEAD_BYTES = 65_536;

/** The file is no longer what it was when the command started. */
export class FileChangedError extends ImportFileError {}

/** Which file it is, and whether its content may have changed. */
export interface FileIdentity {
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
  /** SHA-256 of the first 64 KiB. */
  readonly head: string;
}

/** @throws ImportFileError when it cannot be read, or is no file with content */
export async function identifyFile(file: string): Promise<FileIdentity> {
  const { size, mtimeMs } = await statRegularFile(file);
  try {
    const path = await realpath(file);
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      const head = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex');
      return { path, size, modifiedMs: mtimeMs, head };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw toFileError(file, error);
  }
}

/** Whether both are the same file with the same content. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.size === b.size && a.modifiedMs === b.modifiedMs && a.head === b.head;
}

/**
 * To be called when a file was read to its end.
 * @throws FileChangedError when it is no longer the file that it was at the beginning
 */
export async function refuseChange(file: string, before: FileIdentity): Promise<void> {
  const what = await identifyFile(file).then(
    (now) => (isSameFile(now, before) ? undefined : describeChange(before, now)),
    (error: unknown) => (error as Error).message,
  );
  if (what !== undefined)
    throw new FileChangedError(
      `The file changed while it was read: ${what}. Rows may be missing, or cut. Import it when nothing writes to it`,
    );
}

function describeChange(before: FileIdentity, now: FileIdentity): string {
  return now.size === before.size
    ? 'it was written to, or replaced'
    : `it had ${count(before.size)} bytes at the beginning, and has ${count(now.size)} now`;
}
