import { constants, fstatSync, openSync, readSync } from 'node:fs';

import { closeQuietly } from '../common/disk/sync-folder.js';

/** Larger than any segment; the journal wrote nothing behind that in a file. */
const MAX_BYTES = 256 << 20;
/** Attempts to read a file: skipping one that holds readings would lose them. */
const ATTEMPTS = 5;
const AGAIN_MS = 20;
const SLEEPER = new Int32Array(new SharedArrayBuffer(4));

/**
 * Reads a whole file.
 * @throws Error with the system's code when any of it cannot be read, even after a while (the disk may be away, and come back), or
 * when it is not a file
 */
export function readWhole(path: string): Buffer {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return readOnce(path);
    } catch (error) {
      if (attempt === ATTEMPTS) throw naming(path, error as NodeJS.ErrnoException);
      Atomics.wait(SLEEPER, 0, 0, AGAIN_MS);
    }
  }
}

function readOnce(path: string): Buffer {
  // Without NONBLOCK a pipe would wait for a writer.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) throw new Error('it is not a file');
    const bytes = Buffer.alloc(Math.min(status.size, MAX_BYTES));
    readAll(fd, bytes, 0);
    return bytes;
  } finally {
    closeQuietly(fd);
  }
}

/** Node names the file only where opening it fails. */
function naming(path: string, error: NodeJS.ErrnoException): Error {
  if (error.code === undefined || error.message.includes(path)) return error;
  return Object.assign(new Error(`${error.message} '${path}'`, { cause: error }), { code: error.code });
}

/** Fills the bytes: a single read may stop short. @returns how many there were up to the end of the file */
export function readAll(fd: number, bytes: Uint8Array, position: number): number {
  let read = 0;
  while (read < bytes.length) {
    const more = readSync(fd, bytes, read, bytes.length - read, position + read);
    if (more === 0) break;
    read += more;
  }
  return read;
}
