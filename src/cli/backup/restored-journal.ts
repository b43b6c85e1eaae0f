import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';

import type { Counters } from '../../journal/checkpoint.js';
import type { EntryBytes, Position } from '../../journal/journal-entry.js';
import { JournalFiles } from '../../journal/journal-files.js';
import { HEADER_BYTES, writeRecord } from '../../journal/record.js';

const SEGMENT_BYTES = 16 << 20;

/** The journal that a restore writes: the entries of the backup, in new files. */
export class RestoredJournal {
  private last: Position;

  private constructor(
    private readonly files: JournalFiles,
    private readonly folder: string,
    private readonly from: Position,
  ) {
    this.last = from;
  }

  /**
   * @param from the position that the first entry follows
   * @param aside the folder for damaged files
   */
  static create(dataDir: string, from: Position, aside: string): RestoredJournal {
    const folder = join(dataDir, 'journal');
    const options = { releasedSeq: from, segmentBytes: SEGMENT_BYTES, reserveBytes: 0, aside };
    return new RestoredJournal(new JournalFiles(folder, options), folder, from);
  }

  /** The position of the last entry. */
  get position(): Position {
    return this.last;
  }

  /** Returns once the entries are on disk. */
  append(entries: readonly EntryBytes[]): void {
    const bytes = Buffer.allocUnsafe(entries.reduce((sum, { body }) => sum + HEADER_BYTES + body.length, 0));
    let end = 0;
    for (const { position, count, body } of entries) {
      end = writeRecord(bytes, end, { seq: position - count + 1, count, body });
      this.last = position;
    }
    if (end > 0) this.files.append(bytes, this.last);
  }

  /** Records what had left the journal, as state.db says it; nothing is deleted. */
  release(position: Position, counters: Counters): void {
    const { checkpointFailure } = this.files.release(position, this.from, counters);
    if (checkpointFailure !== undefined)
      throw new Error(`journal/noted cannot be written: ${checkpointFailure}`);
    // A gateway never syncs it; here, it is all that says how far the journal goes.
    const noted = openSync(join(this.folder, 'noted'), 'r');
    try {
      fsyncSync(noted);
    } finally {
      closeSync(noted);
    }
  }

  close(): void {
    this.files.close();
  }
}
