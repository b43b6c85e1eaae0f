import { closeSync, fdatasyncSync, fsyncSync, openSync, readdirSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One file of the journal: records, one after the other. Sequence numbers go on from file to file without a hole,
 * and the name is the first of them.
 */
export interface Segment {
  readonly path: string;
  readonly firstSeq: number;
  /** The last sequence number in it; `firstSeq - 1` while it holds none. */
  readonly lastSeq: number;
  /** Bytes up to the last record that was acknowledged; what stands behind is not the journal's. */
  readonly size: number;
}

const NAME = /^(\d{16})\.seg$/;

export function segmentPath(folder: string, firstSeq: number): string {
  return join(folder, `${String(firstSeq).padStart(16, '0')}.seg`);
}

/** The segment files of a folder, oldest first. */
export function listSegments(folder: string): { path: string; firstSeq: number }[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const [, firstSeq] = NAME.exec(name) ?? [];
      return firstSeq === undefined ? [] : [{ path: join(folder, name), firstSeq: Number(firstSeq) }];
    })
    .sort((a, b) => a.firstSeq - b.firstSeq);
}

/**
 * Makes a file that survives a loss of power: its content, then its name.
 * @returns the open file
 * @throws Error with the system's code; no file is left then
 */
export function createFile(folder: string, path: string, content: Uint8Array): number {
  const fd = openSync(path, 'w+');
  try {
    writeAll(fd, content, 0);
    fdatasyncSync(fd);
    syncFolder(folder);
    return fd;
  } catch (error) {
    closeSync(fd);
    unlinkSync(path);
    throw error;
  }
}

/** Writes all of it: a single write may stop short, for example at a quota. */
export function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
