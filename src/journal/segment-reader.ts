import { openSync } from 'node:fs';

import { kindOf } from '../common/disk/put-aside.js';
import { closeQuietly } from '../common/disk/sync-folder.js';
import { JournalFilesError } from './journal-files-error.js';
import { readAll } from './read-file.js';
import { decodeRecord, type PlacedRecord, type Record, scanRecords } from './record.js';
import type { Segment } from './segment.js';

/** How many offsets are remembered for readers that come back. */
const MAX_RESUME_POINTS = 4_096;
/** Distance in bytes between the marks of a segment. Reading can begin at a mark, without what comes before it. */
const MARK_EVERY = 256 << 10;

/** An offset between two records. */
interface Mark {
  readonly path: string;
  /** The last sequence number before it. */
  readonly afterSeq: number;
  readonly offset: number;
}

/** Reads records from segments, without scanning a segment from its beginning each time. */
export class SegmentReader {
  /** For the most recent readers, the offset where reading continues after a sequence number. */
  private readonly resumePoints = new Map<number, { readonly path: string; readonly offset: number }>();
  /** Offsets in what this run appended, oldest first. */
  private marks: Mark[] = [];

  /**
   * The records of a segment that follow a sequence number, oldest first: about `maxBytes` of them.
   * Damaged records come as a gap, a record without a body.
   * @throws JournalFilesError with the system's code when the file cannot be read now; that is not damage
   */
  read(segment: Segment, afterSeq: number, maxBytes: number): Record[] {
    const { path, key, size, lastSeq } = segment;
    // In memory only, or somebody deleted it.
    if (size === 0 || kindOf(path) === 'missing') return [gapBetween(afterSeq, lastSeq + 1)];
    const point = this.resumePoints.get(afterSeq);
    const offset = point?.path === path ? point.offset : this.offsetOf(segment, afterSeq);
    const bytes = readBytes(segment, offset, maxBytes);
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
    if (records.length === 0) return readDamaged(segment, offset, afterSeq);
    this.resumePoints.set(seq, { path, offset: offset + end });
    const [oldest] = this.resumePoints.keys();
    if (this.resumePoints.size > MAX_RESUME_POINTS && oldest !== undefined) this.resumePoints.delete(oldest);
    return records;
  }

  /** All sound records of a segment. */
  readWhole(segment: Segment): PlacedRecord[] {
    return [...scanRecords(segment.key, 0, readBytes(segment, 0, segment.size))];
  }

  /** Remembers the offset of every 256 KiB or so. @param segment as it was before the append */
  mark({ path, lastSeq, size }: Segment): void {
    const last = this.marks.at(-1);
    if (last?.path !== path || size - last.offset >= MARK_EVERY)
      this.marks.push({ path, afterSeq: lastSeq, offset: size });
  }

  /** Forgets the offsets in a file that was rewritten or deleted. */
  forget(path: string): void {
    this.marks = this.marks.filter((mark) => mark.path !== path);
    for (const [seq, point] of this.resumePoints) if (point.path === path) this.resumePoints.delete(seq);
  }

  private offsetOf(segment: Segment, afterSeq: number): number {
    const mark = this.marks.findLast((one) => one.path === segment.path && one.afterSeq <= afterSeq);
    const begin = mark?.offset ?? 0;
    let offset = begin;
    const bytes = readBytes(segment, begin, segment.size);
    for (const { seq, end } of scanRecords(segment.key, begin, bytes)) {
      if (seq > afterSeq) break;
      offset = begin + end;
    }
    return offset;
  }
}

/** Bytes of a segment from an offset on, `length` at most. */
function readBytes({ path, size }: Segment, offset: number, length: number): Buffer {
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
function readDamaged(segment: Segment, offset: number, afterSeq: number): Record[] {
  const { key, size, lastSeq } = segment;
  for (const record of scanRecords(key, offset, readBytes(segment, offset, size))) {
    if (record.seq <= afterSeq || record.count === 0 || record.seq + record.count - 1 > lastSeq) continue;
    return record.seq === afterSeq + 1 ? [record] : [gapBetween(afterSeq, record.seq)];
  }
  return [gapBetween(afterSeq, lastSeq + 1)];
}

function gapBetween(before: number, after: number): Record {
  return { seq: before + 1, count: after - before - 1, body: new Uint8Array() };
}
