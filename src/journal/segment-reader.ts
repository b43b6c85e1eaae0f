import { openSync } from 'node:fs';

import { kindOf } from '../common/disk/put-aside.js';
import { closeQuietly } from '../common/disk/sync-folder.js';
import { JournalFilesError } from './journal-files-error.js';
import { readAll } from './read-file.js';
import { decodeRecord, type PlacedRecord, type Record, scanRecords } from './record.js';
import type { Segment } from './segment.js';

/** Readers whose place is remembered. */
const MAX_PLACES = 4_096;
/** Distance in bytes between the places of a segment from which it can be read without reading what is before. */
const MARK_EVERY = 256 << 10;

/** A place between two records. */
interface Mark {
  readonly path: string;
  /** The last sequence number before it. */
  readonly afterSeq: number;
  readonly offset: number;
}

/** Reads records from segments, without scanning a segment from its beginning each time. */
export class SegmentReader {
  /** Where in its segment reading goes on after a sequence number, for each of the most recent readers. */
  private readonly places = new Map<number, { readonly path: string; readonly offset: number }>();
  /** Places in what this run appended, oldest first. */
  private marks: Mark[] = [];

  /**
   * The records of a segment that follow a sequence number, oldest first: about `maxBytes` of them.
   * What turns out to be damaged comes as a gap, a record without a body.
   * @throws JournalFilesError with the system's code when the file cannot be read now; that is not damage
   */
  read(segment: Segment, afterSeq: number, maxBytes: number): Record[] {
    const { path, key, size, lastSeq } = segment;
    // In memory only, or somebody deleted it.
    if (size === 0 || kindOf(path) === 'missing') return [gapBetween(afterSeq, lastSeq + 1)];
    const place = this.places.get(afterSeq);
    const offset = place?.path === path ? place.offset : this.offsetOf(segment, afterSeq);
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
    this.places.set(seq, { path, offset: offset + end });
    const [oldest] = this.places.keys();
    if (this.places.size > MAX_PLACES && oldest !== undefined) this.places.delete(oldest);
    return records;
  }

  /** All sound records of a segment. */
  readWhole(segment: Segment): PlacedRecord[] {
    return [...scanRecords(segment.key, 0, readBytes(segment, 0, segment.size))];
  }

  /** Remembers a place in a segment now and then. @param segment as it is before what is appended */
  mark({ path, lastSeq, size }: Segment): void {
    const last = this.marks.at(-1);
    if (last?.path !== path || size - last.offset >= MARK_EVERY)
      this.marks.push({ path, afterSeq: lastSeq, offset: size });
  }

  /** Forgets the places in a file that was rewritten or deleted. */
  forget(path: string): void {
    this.marks = this.marks.filter((mark) => mark.path !== path);
    for (const [seq, place] of this.places) if (place.path === path) this.places.delete(seq);
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
