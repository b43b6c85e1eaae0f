import { closeSync, copyFileSync, mkdirSync, readFileSync, renameSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';

import { encodeRecord, type PlacedRecord, scanRecords } from './record.js';
import { createFile, listSegments, type Segment, segmentPath, syncFolder } from './segment.js';

/** Sequence numbers of acknowledged readings that are in no file any more. */
interface Gap {
  readonly seq: number;
  readonly count: number;
}

/** Readings that a damaged or missing file took. */
export interface Loss {
  readonly file: string;
  readonly readings: number;
}

/**
 * Reads all segments and cuts what was never acknowledged. In the place of what is damaged or missing it puts a
 * gap, so that the next start does not find the same loss again, and keeps the damaged file aside.
 * @param releasedSeq everything up to here has left the journal; what is missing of that is no loss
 * @param acknowledgedSeq the highest sequence number known to have been acknowledged
 * @param aside the folder for damaged files
 */
export function recoverSegments(
  folder: string,
  releasedSeq: number,
  acknowledgedSeq: number,
  aside: string,
): { segments: Segment[]; losses: Loss[] } {
  const files = listSegments(folder);
  const segments: Segment[] = [];
  const losses: Loss[] = [];

  const beginsAt = files[0]?.firstSeq ?? Math.max(acknowledgedSeq, releasedSeq) + 1;
  const missing = beginsAt - 1 - releasedSeq;
  if (missing > 0) {
    losses.push({ file: 'a missing segment', readings: missing });
    const gap = { seq: releasedSeq + 1, count: missing };
    segments.push(writeSegment(folder, gap.seq, [encodeGap(gap)], beginsAt - 1));
  }

  files.forEach(({ path, firstSeq }, index) => {
    const bytes = readFileSync(path);
    const next = files[index + 1];
    // What stands behind the next segment's beginning was never acknowledged: its fsync had failed.
    const kept = contiguous(scanRecords(bytes), firstSeq, next ? next.firstSeq - 1 : Infinity);
    const gaps = findGaps(kept, firstSeq, next ? next.firstSeq - 1 : acknowledgedSeq).flatMap((gap) =>
      notReleased(gap, releasedSeq),
    );
    const last = kept.at(-1);
    const lastSeq = last ? last.seq + last.count - 1 : firstSeq - 1;
    if (gaps.length > 0) {
      losses.push({ file: basename(path), readings: gaps.reduce((sum, { count }) => sum + count, 0) });
      keepAside(path, aside);
      const pieces = [
        ...kept.map(({ seq, start, end }) => ({ seq, piece: bytes.subarray(start, end) })),
        ...gaps.map((gap) => ({ seq: gap.seq, piece: encodeGap(gap) })),
      ].sort((a, b) => a.seq - b.seq);
      const end = Math.max(lastSeq, ...gaps.map(({ seq, count }) => seq + count - 1));
      const content = pieces.map(({ piece }) => piece);
      segments.push(writeSegment(folder, firstSeq, content, end));
    } else {
      const size = last?.end ?? 0;
      if (size < bytes.length) truncateSync(path, size);
      segments.push({ path, firstSeq, lastSeq, size });
    }
  });
  return { segments, losses };
}

/** The records that belong to a segment, in order: none twice, none beyond its last sequence number. */
function contiguous(records: Iterable<PlacedRecord>, firstSeq: number, lastSeq: number): PlacedRecord[] {
  const kept: PlacedRecord[] = [];
  let expected = firstSeq;
  for (const record of records) {
    if (record.seq < expected || record.seq > lastSeq) continue;
    kept.push(record);
    expected = record.seq + record.count;
  }
  return kept;
}

function findGaps(records: readonly PlacedRecord[], firstSeq: number, lastSeq: number): Gap[] {
  const gaps: Gap[] = [];
  let expected = firstSeq;
  for (const { seq, count } of records) {
    if (seq > expected) gaps.push({ seq: expected, count: seq - expected });
    expected = seq + count;
  }
  if (lastSeq >= expected) gaps.push({ seq: expected, count: lastSeq - expected + 1 });
  return gaps;
}

function notReleased({ seq, count }: Gap, releasedSeq: number): Gap[] {
  const from = Math.max(seq, releasedSeq + 1);
  const left = seq + count - from;
  return left > 0 ? [{ seq: from, count: left }] : [];
}

/** A gap is a record without a body. */
function encodeGap({ seq, count }: Gap): Buffer {
  return encodeRecord({ seq, count, body: new Uint8Array() });
}

/** Best effort: on a full disk the start matters more than the evidence. */
function keepAside(path: string, aside: string): void {
  try {
    mkdirSync(aside, { recursive: true });
    copyFileSync(path, join(aside, `${basename(path)}-${Date.now()}`));
  } catch {
    return;
  }
}

function writeSegment(
  folder: string,
  firstSeq: number,
  pieces: readonly Uint8Array[],
  lastSeq: number,
): Segment {
  const content = Buffer.concat(pieces);
  const path = segmentPath(folder, firstSeq);
  closeSync(createFile(folder, `${path}.new`, content));
  renameSync(`${path}.new`, path);
  syncFolder(folder);
  return { path, firstSeq, lastSeq, size: content.length };
}
