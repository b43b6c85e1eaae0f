import {
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  statfsSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { keepAside, kindOf, tryPutAside } from '../common/disk/put-aside.js';
import { closeQuietly, syncFolder } from '../common/disk/sync-folder.js';
import { type Counters, CheckpointFile, type CheckpointData } from './checkpoint.js';
import { readAll } from './read-file.js';
import { decodeRecord, type Record, scanRecords, sealRecords } from './record.js';
import { type Loss, recoverSegments, rewriteSegment } from './recover-segments.js';
import { createFile, deleteQuietly, newSegmentName, type Segment, writeAll } from './segment.js';

export interface JournalOptions {
  /** Everything up to here has left the journal; undefined when that is not known any more. */
  readonly releasedSeq: number | undefined;
  /** A segment that has reached this size is followed by the next one. */
  readonly segmentBytes: number;
  /** Space on the disk that is left to others: nothing is accepted that would take of it. */
  readonly reserveBytes: number;
  /** The folder for damaged files. */
  readonly aside: string;
}

/** What was found at the start. */
export interface JournalStart {
  readonly acknowledgedSeq: number;
  readonly releasedSeq: number;
  readonly journalBytes: number;
  readonly losses: readonly Loss[];
  /** What was found that is none of the journal's, and where it is now, for a person. */
  readonly strays: readonly string[];
  /** What was noted at the end of the life before; undefined when there is none, or it is damaged. */
  readonly noted: CheckpointData | undefined;
}

/** What one append came to. */
export interface Appended {
  /** The bytes the journal takes now. */
  readonly journalBytes: number;
  /** How long the disk took to sync it, milliseconds. */
  readonly syncMs: number;
  /** Why `noted` could not be written; the next append tries again. */
  readonly checkpointFailure: string | undefined;
  /** The file that was appended to before, if somebody deleted it meanwhile. */
  readonly deletedFile: string | undefined;
}

/** What giving space back came to; what failed is tried again with the next release. */
export interface Released {
  /** The bytes the journal takes now. */
  readonly journalBytes: number;
  readonly checkpointFailure: string | undefined;
  /** Why a file could not be deleted. */
  readonly deleteFailure: string | undefined;
}

/** What the files or the disk did not do. It names no file: names of segments are for this machine alone. */
export class JournalFilesError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

const MAX_CURSORS = 4_096;
/** So far apart, in bytes, lie the places of a segment from which it can be read without reading what is before. */
const MARK_EVERY = 256 << 10;

/** A place between two records. */
interface Mark {
  readonly path: string;
  /** The last sequence number before it. */
  readonly afterSeq: number;
  readonly offset: number;
}

/**
 * The journal's folder, for one thread: segments are appended to, synced, read in order, and deleted whole, so that
 * released space goes back to the file system even when that is full.
 */
export class JournalFiles {
  readonly start: JournalStart;
  private readonly segments: Segment[];
  private readonly note: CheckpointFile;
  /** The file that is appended to; undefined before the first and after a failure. */
  private activeFd: number | undefined;
  private noted: CheckpointData;
  /** Files in which nothing but refused records can stand: nothing is accepted before they are gone. */
  private refused: string[] = [];
  /** Whether the last segment may have refused records behind its end, and no successor that says where that is. */
  private isOpenEnded = false;
  /** Where in its segment reading goes on after a sequence number, for each of those who read lately. */
  private readonly cursors = new Map<number, { readonly path: string; readonly offset: number }>();

  /** Places in what was appended in this life, oldest first. */
  private marks: Mark[] = [];

  /** @throws Error when the folder cannot be used, or a newer gateway wrote into it: then nothing is changed in it */
  constructor(
    private readonly folder: string,
    private readonly options: JournalOptions,
  ) {
    const moved: string[] = [];
    if (kindOf(folder) !== 'folder') {
      moved.push(...moveOutOfTheWay(folder, options.aside));
      mkdirSync(folder, { mode: 0o700 });
    }
    // At every start: one that was cut short may have made the folder, and not come to this.
    syncFolder(dirname(folder));
    const notePath = join(folder, 'noted');
    const isNote = kindOf(notePath) === 'file';
    const noted = isNote ? CheckpointFile.read(notePath) : undefined;
    // SQLite's pages have no checksums: what is no number of the journal's is as good as unknown.
    const released = [options.releasedSeq, noted?.releasedSeq].filter(isSequenceNumber);
    const known = released.length === 0 ? undefined : Math.max(...released);
    const { segments, releasedSeq, losses, strays } = recoverSegments(
      folder,
      { releasedSeq: known, acknowledgedSeq: noted?.acknowledgedSeq ?? 0 },
      options.aside,
    );
    if (!isNote) moved.push(...moveOutOfTheWay(notePath, options.aside));
    this.segments = segments;
    this.note = new CheckpointFile(notePath);
    const acknowledgedSeq = Math.max(segments.at(-1)?.lastSeq ?? 0, releasedSeq);
    this.noted = { stored: 0, deadLettered: 0, damaged: 0, ...noted, acknowledgedSeq, releasedSeq };
    this.start = {
      acknowledgedSeq,
      releasedSeq,
      journalBytes: this.bytes,
      losses,
      strays: [...moved, ...strays],
      noted,
    };
  }

  /**
   * Appends whole records and returns once they are on the disk.
   * @param records as writeRecord() makes them
   * @param lastSeq the last sequence number in them
   * @throws Error with the system's code, or DISK_FULL when the reserve would be touched: nothing of it is kept
   */
  append(records: Uint8Array, lastSeq: number): Appended {
    if (!Number.isSafeInteger(lastSeq)) throw new JournalFilesError('the sequence numbers are used up', '');
    const { bavail, bsize } = statfsSync(this.folder);
    if (bavail * bsize - records.length < this.options.reserveBytes)
      throw new JournalFilesError('the disk is full up to the reserve', 'DISK_FULL');
    const deletedFile = this.leaveDeleted();
    const { fd, segment } = this.activeSegment();
    const bytes = Buffer.from(records.buffer, records.byteOffset, records.length);
    sealRecords(segment.key, segment.size, bytes);
    let syncMs: number;
    try {
      writeAll(fd, bytes, segment.size);
      const begunMs = performance.now();
      fdatasyncSync(fd);
      syncMs = performance.now() - begunMs;
    } catch (error) {
      // After a failed fsync nothing is known of what is in memory and not on the disk, and a second one may
      // succeed falsely (fsyncgate, https://lwn.net/Articles/752063): this file is never written again.
      this.abandonActive(fd);
      throw error;
    }
    // From here on it is accepted, and nothing may fail any more: the next start finds these records.
    this.mark(segment);
    this.segments[this.segments.length - 1] = { ...segment, lastSeq, size: segment.size + bytes.length };
    const checkpointFailure = this.write({ ...this.noted, acknowledgedSeq: lastSeq });
    return { journalBytes: this.bytes, syncMs, checkpointFailure, deletedFile };
  }

  /**
   * The records that follow a sequence number, oldest first: about `maxBytes` of them, and none at the end.
   * What turns out to be damaged comes as a gap, a record without a body.
   * @throws Error with the system's code when the file cannot be read now; that is no damage
   */
  read(afterSeq: number, maxBytes: number): Record[] {
    const segment = this.segments.find(({ lastSeq }) => lastSeq > afterSeq);
    if (!segment) return [];
    const { path, key, size, lastSeq } = segment;
    // In memory only, or somebody deleted it.
    if (size === 0 || kindOf(path) === 'missing') return [gapBetween(afterSeq, lastSeq + 1)];
    const cursor = this.cursors.get(afterSeq);
    const offset = cursor?.path === path ? cursor.offset : this.offsetOf(segment, afterSeq);
    const bytes = this.readBytes(segment, offset, maxBytes);
    const records: Record[] = [];
    let end = 0;
    let seq = afterSeq;
    for (
      let record = decodeRecord(key, offset, bytes);
      record?.seq === seq + 1 && record.count > 0;
      record = decodeRecord(key, offset, bytes, end)
    ) {
      records.push(record);
      end = record.end;
      seq = record.seq + record.count - 1;
    }
    if (records.length === 0) return this.readDamaged(segment, offset, afterSeq);
    this.cursors.set(seq, { path, offset: offset + end });
    const [oldest] = this.cursors.keys();
    if (this.cursors.size > MAX_CURSORS && oldest !== undefined) this.cursors.delete(oldest);
    return records;
  }

  /**
   * Everything up to `releasedSeq` is stored or set aside; whole segments up to `keepAfterSeq` are deleted.
   * It does not fail: what could not be done is done with the next call.
   */
  release(releasedSeq: number, keepAfterSeq: number, counters: Counters): Released {
    const checkpointFailure = this.write({ ...this.noted, ...counters, releasedSeq });
    const last = this.segments.at(-1);
    // All is released, so a new segment can begin and this one's space be given back.
    if (last && last.lastSeq <= keepAfterSeq && last.size > this.options.segmentBytes / 4) this.closeActive();
    const deleteFailure = this.deleteUpTo(keepAfterSeq);
    this.closeOpenEnd();
    return { journalBytes: this.bytes, checkpointFailure, deleteFailure };
  }

  /** Puts a gap in the place of a record that nobody can read, and keeps its file aside. */
  replaceByGap(seq: number): void {
    const index = this.segments.findIndex(({ firstSeq, lastSeq }) => firstSeq <= seq && seq <= lastSeq);
    const segment = this.segments[index];
    if (!segment) return;
    if (index === this.segments.length - 1) this.closeActive();
    keepAside(segment.path, this.options.aside);
    const records = [...scanRecords(segment.key, 0, this.readBytes(segment, 0, segment.size))];
    this.segments[index] = rewriteSegment(
      this.folder,
      segment,
      records.map((record) => (record.seq === seq ? { ...record, body: new Uint8Array() } : record)),
    );
    this.forget(segment.path);
  }

  close(): void {
    this.closeOpenEnd();
    this.closeActive();
    this.note.close();
  }

  private get bytes(): number {
    return this.segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** What is written to a file without a name is in nobody's journal. @returns the name that it had */
  private leaveDeleted(): string | undefined {
    const last = this.segments.at(-1);
    if (!last || this.activeFd === undefined || fstatSync(this.activeFd).nlink > 0) return undefined;
    this.closeActive();
    return basename(last.path);
  }

  private activeSegment(): { fd: number; segment: Segment } {
    const last = this.segments.at(-1);
    if (last && this.activeFd !== undefined && last.size < this.options.segmentBytes)
      return { fd: this.activeFd, segment: last };
    this.closeActive();
    return this.beginSegment();
  }

  /** Its name says where the one before it ends, once its folder is synced. */
  private beginSegment(): { fd: number; segment: Segment } {
    for (let path = this.refused.at(-1); path !== undefined; path = this.refused.at(-1)) {
      unlinkIfThere(path);
      this.refused.pop();
    }
    const name = newSegmentName(this.folder, this.noted.acknowledgedSeq + 1);
    const fd = createFile(this.folder, name.path, new Uint8Array());
    const last = this.segments.at(-1);
    // One that holds nothing is followed by one with the same number.
    if (last && last.lastSeq < last.firstSeq && deleteQuietly(last.path)) this.segments.pop();
    const segment = { ...name, lastSeq: name.firstSeq - 1, size: 0 };
    this.segments.push(segment);
    this.activeFd = fd;
    this.isOpenEnded = false;
    return { fd, segment };
  }

  /** Makes sure that no later start takes what was not acknowledged for accepted. */
  private abandonActive(fd: number): void {
    this.activeFd = undefined;
    const segment = this.segments.at(-1);
    try {
      ftruncateSync(fd, segment?.size ?? 0);
    } catch {
      // What stands behind `size` is passed over at the next start, because the next segment's name says so.
    }
    closeQuietly(fd);
    if (segment?.size === 0) {
      this.segments.pop();
      this.refused.push(segment.path);
    }
    this.isOpenEnded = true;
    this.closeOpenEnd();
  }

  /** A cut is only known to be on the disk once the next segment's name is; the next append needs it anyway. */
  private closeOpenEnd(): void {
    if (!this.isOpenEnded) return;
    try {
      this.beginSegment();
    } catch {
      // The next append tries again, and fails with what prevents it.
    }
  }

  private closeActive(): void {
    const fd = this.activeFd;
    this.activeFd = undefined;
    if (fd !== undefined) closeQuietly(fd);
  }

  private deleteUpTo(keepAfterSeq: number): string | undefined {
    for (let first = this.segments[0]; first && first.lastSeq <= keepAfterSeq; first = this.segments[0]) {
      if (this.segments.length === 1 && this.activeFd !== undefined) break;
      try {
        unlinkIfThere(first.path);
      } catch (error) {
        return (error as Error).message;
      }
      this.segments.shift();
      this.forget(first.path);
    }
    return undefined;
  }

  /** Places in a file that is another one now, or none. */
  private forget(path: string): void {
    this.marks = this.marks.filter((mark) => mark.path !== path);
    for (const [seq, cursor] of this.cursors) if (cursor.path === path) this.cursors.delete(seq);
  }

  /** @param segment as it is before what is appended */
  private mark({ path, lastSeq, size }: Segment): void {
    const last = this.marks.at(-1);
    if (last?.path !== path || size - last.offset >= MARK_EVERY)
      this.marks.push({ path, afterSeq: lastSeq, offset: size });
  }

  private offsetOf(segment: Segment, afterSeq: number): number {
    const mark = this.marks.findLast((one) => one.path === segment.path && one.afterSeq <= afterSeq);
    const begin = mark?.offset ?? 0;
    let offset = begin;
    for (const { seq, end } of scanRecords(
      segment.key,
      begin,
      this.readBytes(segment, begin, segment.size),
    )) {
      if (seq > afterSeq) break;
      offset = begin + end;
    }
    return offset;
  }

  /** At least one whole record, where there is one. */
  private readBytes({ path, size }: Segment, offset: number, length: number): Buffer {
    let fd: number | undefined;
    try {
      fd = openSync(path, 'r');
      const bytes = Buffer.alloc(Math.min(length, size - offset));
      return bytes.subarray(0, readAll(fd, bytes, offset));
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      throw new JournalFilesError(`a segment of the journal cannot be read (${code})`, code);
    } finally {
      if (fd !== undefined) closeQuietly(fd);
    }
  }

  /** A record larger than one read, or damage that came after the start. */
  private readDamaged(segment: Segment, offset: number, afterSeq: number): Record[] {
    const { key, size, lastSeq } = segment;
    for (const record of scanRecords(key, offset, this.readBytes(segment, offset, size))) {
      if (record.seq <= afterSeq || record.count === 0 || record.seq + record.count - 1 > lastSeq) continue;
      return record.seq === afterSeq + 1 ? [record] : [gapBetween(afterSeq, record.seq)];
    }
    return [gapBetween(afterSeq, lastSeq + 1)];
  }

  /** @returns why it could not be written */
  private write(noted: CheckpointData): string | undefined {
    this.noted = noted;
    try {
      this.note.write(noted);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}

function isSequenceNumber(seq: number | undefined): seq is number {
  return Number.isSafeInteger(seq) && (seq ?? -1) >= 0;
}

function gapBetween(before: number, after: number): Record {
  return { seq: before + 1, count: after - before - 1, body: new Uint8Array() };
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** @returns what a person is told of it */
function moveOutOfTheWay(path: string, aside: string): string[] {
  if (kindOf(path) === 'missing') return [];
  const target = tryPutAside(path, aside);
  return target === undefined ? [] : [`${path} was no file of the journal's, and is kept as ${target}`];
}
