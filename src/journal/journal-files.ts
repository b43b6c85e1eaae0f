import { mkdirSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { keepAside, kindOf, tryPutAside } from '../common/disk/put-aside.js';
import { syncFolder } from '../common/disk/sync-folder.js';
import { type CheckpointData, CheckpointFile, type Counters } from './checkpoint.js';
import { JournalFilesError } from './journal-files-error.js';
import type { Record } from './record.js';
import type { LogStart } from './reading-log.js';
import { recoverSegments } from './recover-segments.js';
import { rewriteSegment } from './rewrite-segment.js';
import { SegmentReader } from './segment-reader.js';
import { SegmentWriter } from './segment-writer.js';
import { type Segment, unlinkIfThere } from './segment.js';

export interface JournalOptions {
  /** Everything up to here has left the journal; undefined when that is no longer known. */
  readonly releasedSeq: number | undefined;
  /** A segment of this size is followed by the next one. */
  readonly segmentBytes: number;
  /** Bytes of the disk that stay free for others: entries that would need them are refused. */
  readonly reserveBytes: number;
  /** The folder for damaged files. */
  readonly aside: string;
}

/** What the start found. */
export interface JournalStart extends LogStart {
  readonly acknowledgedSeq: number;
  readonly journalBytes: number;
}

/** The result of an append. */
export interface Appended {
  /** The journal's bytes now. */
  readonly journalBytes: number;
  /** How long the disk took to sync it, milliseconds. */
  readonly syncMs: number;
  /** Why `noted` could not be written; the next append tries again. */
  readonly checkpointFailure: string | undefined;
  /** The name of the previous file, if somebody deleted it while the journal appended to it. */
  readonly deletedFile: string | undefined;
}

/** The result of a release; the next release tries again what failed. */
export interface Released {
  /** The journal's bytes now. */
  readonly journalBytes: number;
  /** Bytes of the files that stay although nobody but a hold needs them. */
  readonly heldBytes: number;
  readonly checkpointFailure: string | undefined;
  /** Why a file could not be deleted. */
  readonly deleteFailure: string | undefined;
}

/**
 * The journal's folder, for one thread. It appends to segments, syncs them, reads them in order, and deletes whole ones,
 * so that released space goes back to the file system even when that is full.
 */
export class JournalFiles {
  readonly start: JournalStart;
  private readonly segments: Segment[];
  private readonly writer: SegmentWriter;
  private readonly reader = new SegmentReader();
  private readonly checkpointFile: CheckpointFile;
  private checkpoint: CheckpointData;

  /** @throws Error when the folder cannot be used, or a newer gateway wrote into it: then nothing in it changes */
  constructor(
    private readonly folder: string,
    private readonly options: JournalOptions,
  ) {
    const moved: string[] = [];
    if (kindOf(folder) !== 'folder') {
      moved.push(...moveOutOfTheWay(folder, options.aside));
      mkdirSync(folder, { mode: 0o700 });
    }
    // At every start: an interrupted start may have made the folder without syncing it.
    syncFolder(dirname(folder));
    const checkpointPath = join(folder, 'noted');
    const isFile = kindOf(checkpointPath) === 'file';
    const checkpoint = isFile ? CheckpointFile.read(checkpointPath) : undefined;
    // SQLite's pages have no checksums: a number that the journal cannot have given counts as unknown.
    const released = [options.releasedSeq, checkpoint?.releasedSeq].filter(isSequenceNumber);
    const known = released.length === 0 ? undefined : Math.max(...released);
    const { segments, releasedSeq, losses, strays } = recoverSegments(
      folder,
      { releasedSeq: known, acknowledgedSeq: checkpoint?.acknowledgedSeq ?? 0 },
      options.aside,
    );
    if (!isFile) moved.push(...moveOutOfTheWay(checkpointPath, options.aside));
    this.segments = segments;
    this.checkpointFile = new CheckpointFile(checkpointPath);
    const acknowledgedSeq = Math.max(segments.at(-1)?.lastSeq ?? 0, releasedSeq);
    this.writer = new SegmentWriter(folder, segments, options.segmentBytes, acknowledgedSeq);
    this.checkpoint = { stored: 0, deadLettered: 0, damaged: 0, ...checkpoint, acknowledgedSeq, releasedSeq };
    this.start = {
      acknowledgedSeq,
      releasedSeq,
      journalBytes: this.bytes,
      losses,
      strays: [...moved, ...strays],
      checkpoint,
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
    const deletedFile = this.writer.leaveDeleted();
    const bytes = Buffer.from(records.buffer, records.byteOffset, records.length);
    const { segment, syncMs } = this.writer.append(bytes, lastSeq);
    // The records are accepted, and the next start finds them: this must not fail from here on.
    this.reader.mark(segment);
    const checkpointFailure = this.writeCheckpoint({ ...this.checkpoint, acknowledgedSeq: lastSeq });
    return { journalBytes: this.bytes, syncMs, checkpointFailure, deletedFile };
  }

  /**
   * The records that follow a sequence number, oldest first: about `maxBytes` of them, and none at the end.
   * Damaged records come as a gap, a record without a body.
   * @throws Error with the system's code when the file cannot be read now; that is not damage
   */
  read(afterSeq: number, maxBytes: number): Record[] {
    const segment = this.segments.find(({ lastSeq }) => lastSeq > afterSeq);
    return segment ? this.reader.read(segment, afterSeq, maxBytes) : [];
  }

  /**
   * Everything up to `releasedSeq` is stored or became dead letters; deletes whole segments up to `keepAfterSeq`.
   * It does not fail: the next call does what this one could not do.
   * @param neededAfterSeq nobody but a hold needs what is up to here
   */
  release(
    releasedSeq: number,
    keepAfterSeq: number,
    counters: Counters,
    neededAfterSeq = keepAfterSeq,
  ): Released {
    const checkpointFailure = this.writeCheckpoint({ ...this.checkpoint, ...counters, releasedSeq });
    const last = this.segments.at(-1);
    // Everything is released, so a new segment can begin, and the space of this one can be freed.
    if (last && last.lastSeq <= keepAfterSeq && last.size > this.options.segmentBytes / 4)
      this.writer.closeActive();
    const deleteFailure = this.deleteUpTo(keepAfterSeq);
    this.writer.closeOpenEnd();
    const held = this.segments.filter(({ lastSeq }) => lastSeq > keepAfterSeq && lastSeq <= neededAfterSeq);
    const heldBytes = sizeOf(held);
    return { journalBytes: this.bytes, heldBytes, checkpointFailure, deleteFailure };
  }

  /** Replaces a record that cannot be decoded by a gap, and keeps a copy of its file for a person to look at. */
  replaceByGap(seq: number): void {
    const index = this.segments.findIndex(({ firstSeq, lastSeq }) => firstSeq <= seq && seq <= lastSeq);
    const segment = this.segments[index];
    if (!segment) return;
    if (index === this.segments.length - 1) this.writer.closeActive();
    keepAside(segment.path, this.options.aside);
    const records = this.reader.readWhole(segment);
    this.segments[index] = rewriteSegment(
      this.folder,
      segment,
      records.map((record) => (record.seq === seq ? { ...record, body: new Uint8Array() } : record)),
    );
    this.reader.forget(segment.path);
  }

  close(): void {
    this.writer.closeOpenEnd();
    this.writer.closeActive();
    this.checkpointFile.close();
  }

  private get bytes(): number {
    return sizeOf(this.segments);
  }

  private deleteUpTo(keepAfterSeq: number): string | undefined {
    for (let first = this.segments[0]; first && first.lastSeq <= keepAfterSeq; first = this.segments[0]) {
      if (this.segments.length === 1 && this.writer.isActive) break;
      try {
        unlinkIfThere(first.path);
      } catch (error) {
        return (error as Error).message;
      }
      this.segments.shift();
      this.reader.forget(first.path);
    }
    return undefined;
  }

  /** @returns why it could not be written */
  private writeCheckpoint(checkpoint: CheckpointData): string | undefined {
    this.checkpoint = checkpoint;
    try {
      this.checkpointFile.write(checkpoint);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { size }) => sum + size, 0);
}

function isSequenceNumber(seq: number | undefined): seq is number {
  return Number.isSafeInteger(seq) && (seq ?? -1) >= 0;
}

/** @returns what happened, for a person */
function moveOutOfTheWay(path: string, aside: string): string[] {
  if (kindOf(path) === 'missing') return [];
  const target = tryPutAside(path, aside);
  return target === undefined ? [] : [`${path} is not a journal file and was moved to ${target}`];
}
