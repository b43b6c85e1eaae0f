import { createHash } from 'node:crypto';
import { open, realpath, stat } from 'node:fs/promises';

import { ImportFileError } from './import-file-error.js';

const HEAD_BYTES = 65_536;

/** Which file it is, and whether its content may have changed. */
export interface FileIdentity {
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
  /** SHA-256 of the first 64 KiB. */
  readonly head: string;
}

/** @throws ImportFileError when it cannot be read, or is a folder */
export async function identifyFile(file: string): Promise<FileIdentity> {
  try {
    const path = await realpath(file);
    const found = await stat(path);
    if (found.isDirectory()) throw new ImportFileError(`${file} is a folder; name a file in it`);
    // To open a pipe would wait for its other end.
    if (!found.isFile())
      throw new ImportFileError(
        `${file} is no regular file; store its content in a file, which can be read again`,
      );
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      const head = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex');
      return { path, size: found.size, modifiedMs: found.mtimeMs, head };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw error instanceof ImportFileError ? error : new ImportFileError(explain(file, error));
  }
}

function explain(file: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `${file}: no such file or directory`;
  if (code === 'ENOTDIR') return `${file}: a part of this path is a file, not a folder`;
  if (code === 'EACCES' || code === 'EPERM') return `${file}: this user may not read it`;
  return `${file} cannot be read: ${message}`;
}
