import { closeSync, fdatasyncSync, ftruncateSync, openSync } from 'node:fs';
import { basename } from 'node:path';

import { keepAside, tryPutAside } from '../common/disk/put-aside.js';
import { FIRST_FORMAT } from './record.js';
import { fillGap, type Gap, repair } from './rewrite-segment.js';
import type { Loss } from './reading-log.js';
import { deleteQuietly, type Segment, type SegmentName } from './segment.js';
import { readRuns, type Run, type SurveyedFile, surveyFolder } from './survey-segments.js';

/** What other files say about how far the journal had come. */
export interface Known {
  /** Everything up to here has left the journal; undefined when that is no longer known. */
  readonly releasedSeq: number | undefined;
  /** The highest sequence number known to have been acknowledged. */
  readonly acknowledgedSeq: number;
}

export interface Recovered {
  /** In order; a gap replaces acknowledged readings that are missing or damaged. */
  readonly segments: Segment[];
  readonly releasedSeq: number;
  readonly losses: readonly Loss[];
  /** Files that are not the journal's, for a person. */
  readonly strays: readonly string[];
}

/**
 * Reads all segments and cuts off what was never acknowledged. It replaces what is damaged or missing by a gap, so that
 * the next start does not find the same loss again, and keeps a copy of the damaged file. It also moves files away that do
 * not belong to the journal.
 * @param aside the folder for damaged files
 * @throws Error when a newer gateway wrote into the journal, or a file cannot be read; nothing changes then
 */
export function recoverSegments(folder: string, known: Known, aside: string): Recovered {
  const { files: found, strays, unfinished } = surveyFolder(folder, known.acknowledgedSeq);
  const { files, lastSeq } = sortOut(found, known, strays, unfinished);
  // Where nobody knows what was released, a missing beginning was most likely released.
  const { releasedSeq = (files[0]?.firstSeq ?? lastSeq + 1) - 1, acknowledgedSeq } = known;

  const segments: Segment[] = [];
  const losses: Loss[] = [];
  const beginsAt = files[0]?.firstSeq ?? lastSeq + 1;
  const missing = beginsAt - 1 - releasedSeq;
  if (missing > 0) {
    losses.push({ file: 'a missing segment', readings: missing });
    segments.push(fillGap(folder, { seq: releasedSeq + 1, count: missing }));
  }

  const untruncated: string[] = [];
  files.forEach((file, index) => {
    const next = files[index + 1];
    // Records behind the next segment's beginning were never acknowledged: their fsync had failed.
    const limit = next ? next.firstSeq - 1 : Infinity;
    const kept = upTo(file, limit);
    const gaps = findGaps(kept, file.firstSeq, next ? limit : acknowledgedSeq).flatMap((gap) =>
      notReleased(gap, releasedSeq),
    );
    const last = kept.at(-1);
    const end = Math.max(
      last?.lastSeq ?? file.firstSeq - 1,
      ...gaps.map(({ seq, count }) => seq + count - 1),
    );
    const segment = { ...nameOf(file), lastSeq: end, size: last?.end ?? 0 };
    if (gaps.length > 0) {
      losses.push({
        file: basename(file.path),
        readings: gaps.reduce((sum, { count }) => sum + count, 0),
      });
      keepAside(file.path, aside);
      segments.push(repair(folder, segment, kept, gaps));
    } else if (segment.size === 0) {
      unfinished.push(file.path);
    } else {
      if (segment.size < file.bytes && !truncate(segment)) untruncated.push(file.path);
      segments.push(segment);
    }
  });

  // A file that could not be cut ends where the next one's name says, so the next one must stay.
  if (untruncated.length === 0) unfinished.forEach(deleteQuietly);
  const described = strays.map((path) => describeStray(path, tryPutAside(path, aside)));
  return { segments, releasedSeq, losses, strays: described };
}

/**
 * Selects the files that are the journal's, in order: those with sound records, and empty ones whose name is proven and
 * says something new: that the file before ends there. An empty file says nothing new where more was acknowledged or
 * released. It is not believed where nothing else shows that the journal got that far.
 */
function sortOut(
  found: readonly SurveyedFile[],
  { releasedSeq = 0, acknowledgedSeq }: Known,
  strays: string[],
  unfinished: string[],
): { files: SurveyedFile[]; lastSeq: number } {
  const lastSeqs = found.flatMap(({ runs }) => runs.at(-1)?.lastSeq ?? []);
  const known = Math.max(releasedSeq, acknowledgedSeq);
  const lastSeq = lastSeqs.reduce((most, one) => Math.max(most, one), known);
  const files: SurveyedFile[] = [];
  for (const file of [...found].sort(byNumber)) {
    const { firstSeq, bytes } = file;
    const isSound = file.runs.length > 0;
    const fits = firstSeq <= lastSeq + 1;
    const isEnd = file.key !== FIRST_FORMAT && fits && firstSeq > known;
    // A file that was created and never written to may have the same number as the one created in its place.
    const isTaken = files.at(-1)?.firstSeq === firstSeq;
    if (!isTaken && (isSound || isEnd)) files.push(file);
    else if (!isSound && (isEnd || (fits && bytes === 0))) unfinished.push(file.path);
    else strays.push(file.path);
  }
  return { files, lastSeq };
}

/** By the first sequence number; of those with the same one, first the one that holds something. */
function byNumber(a: SurveyedFile, b: SurveyedFile): number {
  const proven = ({ key }: SurveyedFile): number => (key === FIRST_FORMAT ? 0 : 1);
  return a.firstSeq - b.firstSeq || b.runs.length - a.runs.length || proven(b) - proven(a);
}

/** The runs of a file without what lies beyond a sequence number. */
function upTo(file: SurveyedFile, limit: number): readonly Run[] {
  const beyond = file.runs.findIndex(({ lastSeq }) => lastSeq > limit);
  const run = file.runs[beyond];
  if (!run) return file.runs;
  const kept = file.runs.slice(0, beyond);
  const records = readRuns(file, [run]).flat();
  const last = records.findLast(({ seq, count }) => seq + count - 1 <= limit);
  if (last) kept.push({ ...run, lastSeq: last.seq + last.count - 1, end: run.start + last.end });
  return kept;
}

function findGaps(runs: readonly Run[], firstSeq: number, lastSeq: number): Gap[] {
  const gaps: Gap[] = [];
  let expected = firstSeq;
  for (const run of runs) {
    if (run.firstSeq > expected) gaps.push({ seq: expected, count: run.firstSeq - expected });
    expected = run.lastSeq + 1;
  }
  if (lastSeq >= expected) gaps.push({ seq: expected, count: lastSeq - expected + 1 });
  return gaps;
}

function notReleased({ seq, count }: Gap, releasedSeq: number): Gap[] {
  const from = Math.max(seq, releasedSeq + 1);
  const left = seq + count - from;
  return left > 0 ? [{ seq: from, count: left }] : [];
}

/** @returns whether the file ends now where its records end */
function truncate({ path, size }: Segment): boolean {
  try {
    const fd = openSync(path, 'r+');
    try {
      ftruncateSync(fd, size);
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return true;
  } catch {
    return false;
  }
}

function nameOf({ path, firstSeq, key }: SegmentName): SegmentName {
  return { path, firstSeq, key };
}

function describeStray(path: string, movedTo: string | undefined): string {
  const where = movedTo === undefined ? 'is ignored, as it cannot be moved away' : `was moved to ${movedTo}`;
  return `journal/${basename(path)} holds nothing that the journal wrote there, and ${where}`;
}
