import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { isFromNewerGateway } from './entry-codec.js';
import { readWhole } from './read-file.js';
import { FIRST_FORMAT, type PlacedRecord, scanRecords } from './record.js';
import { parseSegmentName, type SegmentName } from './segment.js';

/** Sound records that follow each other, with sequence numbers without a hole. */
export interface Run {
  readonly firstSeq: number;
  lastSeq: number;
  readonly start: number;
  end: number;
}

/** A segment as it is on disk. */
export interface SurveyedFile extends SegmentName {
  readonly bytes: number;
  readonly runs: readonly Run[];
}

/** What is in the journal's folder. */
export interface Survey {
  readonly files: SurveyedFile[];
  /** Files that look like segments, but are not the journal's. */
  readonly strays: string[];
  /** Files of an interrupted start or repair. */
  readonly unfinished: string[];
}

/** Codes for what is not a file: a link that leads nowhere, a socket, a device. */
const NO_FILE = ['', 'ENOENT', 'ELOOP', 'ENXIO', 'ENODEV', 'EISDIR', 'ENOTDIR'];

/**
 * Reads all segments, and changes nothing.
 * @throws Error when a newer gateway wrote into the journal, or a file cannot be read
 */
export function surveyFolder(folder: string, acknowledgedSeq: number): Survey {
  const survey: Survey = { files: [], strays: [], unfinished: [] };
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    const name = parseSegmentName(folder, entry);
    const bytes = name && readSegment(path);
    if (bytes)
      survey.files.push({ ...name, bytes: bytes.length, runs: findRuns(name, bytes, acknowledgedSeq) });
    else if (entry.endsWith('.seg')) survey.strays.push(path);
    else if (entry.endsWith('.seg.new')) survey.unfinished.push(path);
  }
  return survey;
}

/**
 * @returns undefined when it is not a file
 * @throws Error with the system's code when it cannot be read now: it may be sound, and a later start may read it
 */
function readSegment(path: string): Buffer | undefined {
  try {
    return readWhole(path);
  } catch (error) {
    if (NO_FILE.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/**
 * Reads the records of runs again.
 * @returns them in order; they begin and end where their run counts from
 * @throws Error when a record that was read before is not read now: without it, a repair would take what is sound
 */
export function readRuns({ path, key }: SegmentName, runs: readonly Run[]): PlacedRecord[][] {
  const bytes = readWhole(path);
  return runs.map(({ start, end, lastSeq }) => {
    const records = [...scanRecords(key, start, bytes.subarray(start, end))];
    let at = 0;
    for (const record of records) if (record.start === at) at = record.end;
    const last = records.at(-1);
    if (at !== end - start || !last || last.seq + last.count - 1 !== lastSeq)
      throw Object.assign(new Error(`EIO: ${path} was readable, and no longer is`), { code: 'EIO' });
    return records;
  });
}

function findRuns({ key, firstSeq }: SegmentName, bytes: Buffer, acknowledgedSeq: number): Run[] {
  const runs: Run[] = [];
  let expected = firstSeq;
  let end = 0;
  for (const { seq, count, body, start, end: itsEnd } of scanRecords(key, 0, bytes)) {
    if (seq < expected || count === 0) continue;
    // Senders could forge a record of this format: its number is believed only as far as the lost bytes could hold readings.
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
