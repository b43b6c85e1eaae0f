import { randomBytes } from 'node:crypto';
import { fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { closeQuietly, syncFolder } from '../common/disk/sync-folder.js';
import { FIRST_FORMAT, type RecordKey } from './record.js';

/** What the name of a segment file says. */
export interface SegmentName {
  readonly path: string;
  readonly firstSeq: number;
  readonly key: RecordKey;
}

/**
 * One file of the journal: records, one after the other. Sequence numbers go on from file to file without a hole.
 * The name is the first of them, 64 random bits, and a checksum of both:
 *
 *   0000000000000001-9f2c4e5d6a7b8c9d-1a2b3c4d.seg
 *
 * The random bits are the key of the file's records. They are in the name because one damaged byte in the file must not
 * cost more than the record that it hits. The checksum proves the number: a file that got another one, by hand
 * or by chance, is not the journal's. Earlier builds wrote 0000000000000001.seg, which proves nothing.
 */
export interface Segment extends SegmentName {
  /** The last sequence number in it; `firstSeq - 1` while it holds none. */
  readonly lastSeq: number;
  /** Bytes up to the last record that was acknowledged; what is behind is not the journal's. */
  readonly size: number;
}

const NAME = /^(\d{16})(?:-([0-9a-f]{16})-([0-9a-f]{8}))?\.seg$/;

/** A name that no file had before: nothing may be written again to the inode of a file whose fsync failed. */
export function newSegmentName(folder: string, firstSeq: number): SegmentName {
  const stem = `${String(firstSeq).padStart(16, '0')}-${randomBytes(8).toString('hex')}`;
  const name = `${stem}-${checksumOf(stem)}.seg`;
  return { path: join(folder, name), firstSeq, key: keyOf(stem) };
}

/** @returns undefined when it is not the name of a segment */
export function parseSegmentName(folder: string, name: string): SegmentName | undefined {
  const [, number = '', random, checksum] = NAME.exec(name) ?? [];
  const firstSeq = Number(number);
  if (firstSeq < 1 || !Number.isSafeInteger(firstSeq)) return undefined;
  const path = join(folder, name);
  if (random === undefined) return { path, firstSeq, key: FIRST_FORMAT };
  const stem = `${number}-${random}`;
  return checksum === checksumOf(stem) ? { path, firstSeq, key: keyOf(stem) } : undefined;
}

function keyOf(stem: string): RecordKey {
  const random = Buffer.from(stem.slice(-16), 'hex');
  return { marker: random.subarray(0, 4), seed: random.readUInt32LE(4), bindsOffset: true };
}

function checksumOf(stem: string): string {
  return crc32(stem).toString(16).padStart(8, '0');
}

/**
 * Makes a file that survives a loss of power: its content, then its name.
 * @returns the open file
 * @throws Error with the system's code; no file is left then, unless the system does not delete it either
 */
export function createFile(folder: string, path: string, content: Uint8Array): number {
  const fd = openSync(path, 'wx+');
  try {
    writeAll(fd, content, 0);
    fdatasyncSync(fd);
    syncFolder(folder);
    return fd;
  } catch (error) {
    closeQuietly(fd);
    deleteQuietly(path);
    throw error;
  }
}

/** Writes all of it: a single write may stop short, for example at a quota. */
export function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

/** For files that do no harm if they stay. @returns whether it is gone */
export function deleteQuietly(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** @throws Error with the system's code, unless the file is missing */
export function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
