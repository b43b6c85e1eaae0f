import { closeSync, renameSync } from 'node:fs';

import { syncFolder } from '../common/disk/sync-folder.js';
import { encodeRecord, MAX_COUNT, type Record } from './record.js';
import { createFile, deleteQuietly, newSegmentName, type Segment } from './segment.js';
import { readRuns, type Run } from './survey-segments.js';

/** Sequence numbers of acknowledged readings that are no longer in any file. */
export interface Gap {
  readonly seq: number;
  readonly count: number;
}

/** A gap is a record without a body, or several when the count does not fit in one. */
function* toRecords({ seq, count }: Gap): Generator<Record> {
  for (let done = 0; done < count; done += MAX_COUNT)
    yield { seq: seq + done, count: Math.min(count - done, MAX_COUNT), body: new Uint8Array() };
}

/** Makes a segment for readings that are no longer in any file. */
export function fillGap(folder: string, gap: Gap): Segment {
  const name = newSegmentName(folder, gap.seq);
  return rewriteOrRemember(folder, { ...name, lastSeq: gap.seq + gap.count - 1, size: 0 }, () => [
    ...toRecords(gap),
  ]);
}

/** Puts gaps into a damaged segment. */
export function repair(
  folder: string,
  segment: Segment,
  runs: readonly Run[],
  gaps: readonly Gap[],
): Segment {
  return rewriteOrRemember(folder, segment, () => {
    const records: Record[] = readRuns(segment, runs).flat();
    return [...records, ...gaps.flatMap((gap) => [...toRecords(gap)])].sort((a, b) => a.seq - b.seq);
  });
}

/** On a full disk the gap is in memory only, and the next start finds the loss again. */
function rewriteOrRemember(folder: string, segment: Segment, records: () => readonly Record[]): Segment {
  try {
    return rewriteSegment(folder, segment, records());
  } catch {
    return segment;
  }
}

/** Rewrites a segment atomically, under the same name. */
export function rewriteSegment(folder: string, segment: Segment, records: readonly Record[]): Segment {
  const pieces: Buffer[] = [];
  let size = 0;
  for (const record of records) {
    const piece = encodeRecord(segment.key, size, record);
    pieces.push(piece);
    size += piece.length;
  }
  const { path } = segment;
  const draft = `${path}.new`;
  deleteQuietly(draft);
  closeSync(createFile(folder, draft, Buffer.concat(pieces)));
  try {
    renameSync(draft, path);
  } catch (error) {
    deleteQuietly(draft);
    throw error;
  }
  try {
    syncFolder(folder);
  } catch {
    // After a loss of power there is the old file or the new one, and either is whole.
  }
  return { ...segment, size };
}
