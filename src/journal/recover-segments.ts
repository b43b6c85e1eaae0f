import { closeSync, fdatasyncSync, ftruncateSync, openSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';

import { keepAside, tryPutAside } from '../common/disk/put-aside.js';
import { syncFolder } from '../common/disk/sync-folder.js';
import { isFromNewerGateway } from './entry.js';
import { readWhatIsThere } from './read-file.js';
import {
  encodeRecord,
  FIRST_FORMAT,
  MAX_COUNT,
  type PlacedRecord,
  type Record,
  scanRecords,
} from './record.js';
import {
  createFile,
  deleteQuietly,
  newSegmentName,
  parseSegmentName,
  type Segment,
  type SegmentName,
} from './segment.js';

/** Readings that a damaged or missing file took. */
export interface Loss {
  readonly file: string;
  readonly readings: number;
}

/** What is known from elsewhere of how far the journal had come. */
export interface Known {
  /** Everything up to here has left the journal; undefined when that is not known any more. */
  readonly releasedSeq: number | undefined;
  /** The highest sequence number known to have been acknowledged. */
  readonly acknowledgedSeq: number;
}

export interface Recovered {
  /** In order; what is missing or damaged among what was acknowledged is part of them as a gap. */
  readonly segments: Segment[];
  readonly releasedSeq: number;
  readonly losses: readonly Loss[];
  /** Files that are none of the journal's, for a person. */
  readonly strays: readonly string[];
}

/** Sequence numbers of acknowledged readings that are in no file any more. */
interface Gap {
  readonly seq: number;
  readonly count: number;
}

/** Sound records one behind the other, whose sequence numbers go on without a hole. */
interface Run {
  readonly firstSeq: number;
  lastSeq: number;
  readonly start: number;
  end: number;
}

interface SurveyedFile extends SegmentName {
  readonly bytes: number;
  readonly runs: readonly Run[];
}

interface Survey {
  readonly files: SurveyedFile[];
  /** Files with a segment's name that no segment has. */
  readonly strays: string[];
  /** Files that a start or a repair left behind when it was cut short. */
  readonly leftovers: string[];
}

/** What is no file at all: a link that leads nowhere, a socket, a device. */
const NO_FILE = ['', 'ENOENT', 'ELOOP', 'ENXIO', 'ENODEV', 'EISDIR', 'ENOTDIR'];

/**
 * Reads all segments and cuts what was never acknowledged. In the place of what is damaged or missing it puts a
 * gap, so that the next start does not find the same loss again, and keeps the damaged file aside. What does not belong
 * to the journal is put aside, too.
 * @param aside the folder for damaged files
 * @throws Error when a newer gateway wrote into the journal, or a file cannot be read; nothing is changed then
 */
export function recoverSegments(folder: string, known: Known, aside: string): Recovered {
  const { files: found, strays, leftovers } = surveyFolder(folder, known.acknowledgedSeq);
  const { files, lastSeq } = sortOut(found, known, strays, leftovers);
  // Where nobody knows what was released, a missing beginning was most likely that.
  const { releasedSeq = (files[0]?.firstSeq ?? lastSeq + 1) - 1, acknowledgedSeq } = known;

  const segments: Segment[] = [];
  const losses: Loss[] = [];
  const beginsAt = files[0]?.firstSeq ?? lastSeq + 1;
  const missing = beginsAt - 1 - releasedSeq;
  if (missing > 0) {
    losses.push({ file: 'a missing segment', readings: missing });
    segments.push(fillGap(folder, { seq: releasedSeq + 1, count: missing }));
  }

  const uncut: string[] = [];
  files.forEach((file, index) => {
    const next = files[index + 1];
    // What stands behind the next segment's beginning was never acknowledged: its fsync had failed.
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
      leftovers.push(file.path);
    } else {
      if (segment.size < file.bytes && !cut(segment)) uncut.push(file.path);
      segments.push(segment);
    }
  });

  // A file that could not be cut ends where the next one's name says, so that one must stay.
  if (uncut.length === 0) leftovers.forEach(deleteQuietly);
  const told = strays.map((path) => tellStray(path, tryPutAside(path, aside)));
  return { segments, releasedSeq, losses, strays: told };
}

/** Reads all there is, and changes nothing. */
function surveyFolder(folder: string, acknowledgedSeq: number): Survey {
  const survey: Survey = { files: [], strays: [], leftovers: [] };
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    const name = parseSegmentName(folder, entry);
    const bytes = name && readSegment(path);
    if (bytes)
      survey.files.push({ ...name, bytes: bytes.length, runs: findRuns(name, bytes, acknowledgedSeq) });
    else if (entry.endsWith('.seg')) survey.strays.push(path);
    else if (entry.endsWith('.seg.new')) survey.leftovers.push(path);
  }
  return survey;
}

/**
 * @returns undefined when it is no file
 * @throws Error with the system's code when it cannot be read now: it may be sound, and a later start finds it so
 */
function readSegment(path: string): Buffer | undefined {
  try {
    return readWhatIsThere(path);
  } catch (error) {
    if (NO_FILE.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function findRuns({ key, firstSeq }: SegmentName, bytes: Buffer, acknowledgedSeq: number): Run[] {
  const runs: Run[] = [];
  let expected = firstSeq;
  let end = 0;
  for (const { seq, count, body, start, end: itsEnd } of scanRecords(key, 0, bytes)) {
    if (seq < expected || count === 0) continue;
    // Where anybody could spell a record, its number is believed only as far as so many lost bytes could have come.
    if (key === FIRST_FORMAT && seq - expected > start - end && seq > acknowledgedSeq) continue;
    if (isFromNewerGateway(body))
      throw new Error(
        'it was written by a newer version of the gateway. Start that version, and drain it (POST /api/drain) before you go back to this one',
      );
    const run = runs.at(-1);
    if (run && seq === expected && start === end) {
      run.lastSeq = seq + count - 1;
      run.end = itsEnd;
    } else runs.push({ firstSeq: seq, lastSeq: seq + count - 1, start, end: itsEnd });
    expected = seq + count;
    end = itsEnd;
  }
  return runs;
}

/**
 * The files that are the journal's, in order: those with sound records, and those without one whose name proves what it
 * says, and tells more than is known: that the file before it ends there. Where more than that was acknowledged or released
 * an empty file says nothing, and where nothing else shows that the journal came so far it is not believed.
 */
function sortOut(
  found: readonly SurveyedFile[],
  { releasedSeq = 0, acknowledgedSeq }: Known,
  strays: string[],
  leftovers: string[],
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
    // One that was made and never written into may have the number of the one that was made instead.
    const isTaken = files.at(-1)?.firstSeq === firstSeq;
    if (!isTaken && (isSound || isEnd)) files.push(file);
    else if (!isSound && (isEnd || (fits && bytes === 0))) leftovers.push(file.path);
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
function upTo({ path, key, runs }: SurveyedFile, limit: number): readonly Run[] {
  if ((runs.at(-1)?.lastSeq ?? 0) <= limit) return runs;
  const kept: Run[] = [];
  const bytes = readWhatIsThere(path);
  for (const { firstSeq, lastSeq, start, end } of runs) {
    if (lastSeq <= limit) kept.push({ firstSeq, lastSeq, start, end });
    else {
      const records = [...scanRecords(key, start, bytes.subarray(start, end))];
      const last = records.findLast(({ seq, count }) => seq + count - 1 <= limit);
      if (last) kept.push({ firstSeq, lastSeq: last.seq + last.count - 1, start, end: start + last.end });
      break;
    }
  }
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

/** A gap is a record without a body, or several when it is longer than one can say. */
function* toRecords({ seq, count }: Gap): Generator<Record> {
  for (let done = 0; done < count; done += MAX_COUNT)
    yield { seq: seq + done, count: Math.min(count - done, MAX_COUNT), body: new Uint8Array() };
}

function fillGap(folder: string, gap: Gap): Segment {
  const name = newSegmentName(folder, gap.seq);
  return rewriteOrRemember(folder, { ...name, lastSeq: gap.seq + gap.count - 1, size: 0 }, () => [
    ...toRecords(gap),
  ]);
}

function repair(folder: string, segment: Segment, runs: readonly Run[], gaps: readonly Gap[]): Segment {
  return rewriteOrRemember(folder, segment, () => {
    const bytes = readWhatIsThere(segment.path);
    const records = runs.flatMap(({ start, end }): PlacedRecord[] => [
      ...scanRecords(segment.key, start, bytes.subarray(start, end)),
    ]);
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

/** Writes a segment anew under its name, all of it or nothing. */
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
    // After a loss of power there is the one file or the other, both whole.
  }
  return { ...segment, size };
}

/** @returns whether it could be cut */
function cut({ path, size }: Segment): boolean {
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

function tellStray(path: string, movedTo: string | undefined): string {
  const where =
    movedTo === undefined ? 'is passed over, as it cannot be moved away' : `is kept as ${movedTo}`;
  return `journal/${basename(path)} holds nothing that the journal wrote there, and ${where}`;
}
