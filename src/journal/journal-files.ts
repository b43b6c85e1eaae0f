import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  statfsSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';

import { type Counters, Note, type Noted } from './note.js';
import { decodeRecord, type Record, scanRecords } from './record.js';
import { type Loss, recoverSegments } from './recover-segments.js';
import { createFile, type Segment, segmentPath, writeAll } from './segment.js';

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
  /** What was noted at the end of the life before; undefined when there is none, or it is damaged. */
  readonly noted: Noted | undefined;
}

/** What one append came to. */
export interface Appended {
  /** The bytes the journal takes now. */
  readonly journalBytes: number;
  /** How long the disk took to sync it, milliseconds. */
  readonly syncMs: number;
}

/** The file or disk did not take it, and nothing of it counts as accepted. */
export class JournalWriteError extends Error {
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
  private readonly note: Note;
  /** The file that is appended to; undefined before the first and after a failure. */
  private activeFd: number | undefined;
  private noted: Noted;
  /** Where in its segment reading goes on after a sequence number, for each of those who read lately. */
  private readonly cursors = new Map<number, { readonly path: string; readonly offset: number }>();

  /** Places in what was appended in this life, oldest first. */
  private marks: Mark[] = [];

  constructor(
    private readonly folder: string,
    private readonly options: JournalOptions,
  ) {
    mkdirSync(folder, { recursive: true });
    const notePath = join(folder, 'noted');
    const noted = Note.read(notePath);
    const releasedSeq = Math.max(options.releasedSeq ?? 0, noted?.releasedSeq ?? 0);
    const { segments, losses } = recoverSegments(
      folder,
      releasedSeq,
      noted?.acknowledgedSeq ?? 0,
      options.aside,
    );
    this.segments = segments;
    this.note = new Note(notePath);
    const acknowledgedSeq = Math.max(segments.at(-1)?.lastSeq ?? 0, releasedSeq);
    this.noted = { stored: 0, deadLettered: 0, damaged: 0, ...noted, acknowledgedSeq, releasedSeq };
    this.start = { acknowledgedSeq, releasedSeq, journalBytes: this.bytes, losses, noted };
  }

  /**
   * Appends whole records and returns once they are on the disk.
   * @param lastSeq the last sequence number in them
   * @throws JournalWriteError DISK_FULL when the reserve would be touched, else with the system's code
   */
  append(records: Uint8Array, lastSeq: number): Appended {
    const { bavail, bsize } = statfsSync(this.folder);
    if (bavail * bsize - records.length < this.options.reserveBytes)
      throw new JournalWriteError('the disk is full up to the reserve', 'DISK_FULL');
    const active = this.activeSegment();
    let syncMs: number;
    try {
      writeAll(active.fd, records, active.segment.size);
      const begunMs = performance.now();
      fdatasyncSync(active.fd);
      syncMs = performance.now() - begunMs;
    } catch (error) {
      // After a failed fsync nothing is known of what is in memory and not on the disk, and a second one may
      // succeed falsely (fsyncgate, https://lwn.net/Articles/752063): this file is never written again.
      this.abandonActive();
      const { message, code = '' } = error as NodeJS.ErrnoException;
      throw new JournalWriteError(message, code);
    }
    const { segment } = active;
    this.mark(segment);
    this.segments[this.segments.length - 1] = { ...segment, lastSeq, size: segment.size + records.length };
    this.write({ ...this.noted, acknowledgedSeq: lastSeq });
    return { journalBytes: this.bytes, syncMs };
  }

  /**
   * The records that follow a sequence number, oldest first: about `maxBytes` of them, and none at the end.
   * What turns out to be damaged comes as a gap, a record without a body.
   */
  read(afterSeq: number, maxBytes: number): Record[] {
    const segment = this.segments.find(({ lastSeq }) => lastSeq > afterSeq);
    if (!segment) return [];
    const cursor = this.cursors.get(afterSeq);
    const offset = cursor?.path === segment.path ? cursor.offset : this.offsetOf(segment, afterSeq);
    const bytes = this.readBytes(segment, offset, maxBytes);
    const records: Record[] = [];
    let end = 0;
    let seq = afterSeq;
    for (let record = decodeRecord(bytes, 0); record?.seq === seq + 1; record = decodeRecord(bytes, end)) {
      records.push(record);
      end = record.end;
      seq = record.seq + record.count - 1;
    }
    if (records.length === 0) return this.readDamaged(segment, offset, afterSeq);
    this.cursors.set(seq, { path: segment.path, offset: offset + end });
    const [oldest] = this.cursors.keys();
    if (this.cursors.size > MAX_CURSORS && oldest !== undefined) this.cursors.delete(oldest);
    return records;
  }

  /**
   * Everything up to `releasedSeq` is stored or set aside; whole segments up to `keepAfterSeq` are deleted.
   * @returns the bytes the journal takes now
   */
  release(releasedSeq: number, keepAfterSeq: number, counters: Counters): number {
    this.write({ ...this.noted, ...counters, releasedSeq });
    const last = this.segments.at(-1);
    // All is released, so a new segment can begin and this one's space be given back.
    if (last && last.lastSeq <= keepAfterSeq && last.size > this.options.segmentBytes / 4) this.closeActive();
    while (this.segments[0] && this.segments[0].lastSeq <= keepAfterSeq) {
      if (this.segments.length === 1 && this.activeFd !== undefined) break;
      const { path } = this.segments[0];
      unlinkSync(path);
      this.segments.shift();
      this.marks = this.marks.filter((mark) => mark.path !== path);
    }
    return this.bytes;
  }

  close(): void {
    this.closeActive();
    this.note.close();
  }

  private get bytes(): number {
    return this.segments.reduce((sum, { size }) => sum + size, 0);
  }

  private activeSegment(): { fd: number; segment: Segment } {
    const last = this.segments.at(-1);
    if (last && this.activeFd !== undefined && last.size < this.options.segmentBytes)
      return { fd: this.activeFd, segment: last };
    this.closeActive();
    const firstSeq = this.noted.acknowledgedSeq + 1;
    const path = segmentPath(this.folder, firstSeq);
    const fd = createFile(this.folder, path, new Uint8Array());
    // One that held nothing had the same name and is this one now.
    if (last?.firstSeq === firstSeq) this.segments.pop();
    const segment = { path, firstSeq, lastSeq: firstSeq - 1, size: 0 };
    this.segments.push(segment);
    this.activeFd = fd;
    return { fd, segment };
  }

  private abandonActive(): void {
    const size = this.segments.at(-1)?.size ?? 0;
    try {
      if (this.activeFd !== undefined) ftruncateSync(this.activeFd, size);
    } catch {
      // What stands behind `size` is passed over at the next start, because the next segment's name says so.
    }
    this.closeActive();
  }

  private closeActive(): void {
    if (this.activeFd !== undefined) closeSync(this.activeFd);
    this.activeFd = undefined;
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
    for (const { seq, end } of scanRecords(this.readBytes(segment, begin, segment.size))) {
      if (seq > afterSeq) break;
      offset = begin + end;
    }
    return offset;
  }

  /** At least one whole record, where there is one. */
  private readBytes({ path, size }: Segment, offset: number, length: number): Buffer {
    const fd = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(Math.min(length, size - offset));
      const read = readSync(fd, bytes, 0, bytes.length, offset);
      return bytes.subarray(0, read);
    } finally {
      closeSync(fd);
    }
  }

  /** A record larger than one read, or damage that came after the start. */
  private readDamaged(segment: Segment, offset: number, afterSeq: number): Record[] {
    const rest = this.readBytes(segment, offset, segment.size);
    for (const record of scanRecords(rest)) {
      if (record.seq <= afterSeq) continue;
      return record.seq === afterSeq + 1
        ? [record]
        : [{ seq: afterSeq + 1, count: record.seq - afterSeq - 1, body: new Uint8Array() }];
    }
    return [{ seq: afterSeq + 1, count: segment.lastSeq - afterSeq, body: new Uint8Array() }];
  }

  private write(noted: Noted): void {
    this.noted = noted;
    this.note.write(noted);
  }
}
