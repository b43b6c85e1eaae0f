import { constants, fstatSync, openSync, readSync } from 'node:fs';

import { closeQuietly } from '../common/disk/sync-folder.js';

/** Larger than any segment; the journal wrote nothing behind that in a file. */
const MAX_BYTES = 256 << 20;
/** A disk that cannot read a sector usually cannot read the block around it. */
const BLOCK_BYTES = 4 << 10;

/** Attempts to read a file: skipping one that holds readings would lose them. */
const ATTEMPTS = 5;
const AGAIN_MS = 20;
const SLEEPER = new Int32Array(new SharedArrayBuffer(4));

/**
 * Reads a whole file. Blocks that the disk cannot read, even after a while, are zeros.
 * @throws Error with the system's code when the file cannot be opened, none of its blocks can be read (the disk may be away,
 * and come back), or it is not a file
 */
export function readFileOrZeros(path: string): Buffer {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return readFile(path, attempt === ATTEMPTS);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      Atomics.wait(SLEEPER, 0, 0, AGAIN_MS);
    }
  }
}

function readFile(path: string, orZeros: boolean): Buffer {
  // Without NONBLOCK a pipe would wait for a writer.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) throw new Error('it is not a file');
    const bytes = Buffer.alloc(Math.min(status.size, MAX_BYTES));
    if (orZeros) readBlocks(fd, bytes, path);
    else readAll(fd, bytes, 0);
    return bytes;
  } finally {
    closeQuietly(fd);
  }
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

/** Clears what cannot be read, unless that is everything. */
function readBlocks(fd: number, bytes: Uint8Array, path: string): void {
  let unreadable = 0;
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    try {
      readAll(fd, block, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error;
      block.fill(0);
      unreadable += 1;
    }
  }
  if (unreadable > 0 && unreadable === Math.ceil(bytes.length / BLOCK_BYTES))
    throw Object.assign(new Error(`EIO: no part of ${path} can be read`), { code: 'EIO' });
}
