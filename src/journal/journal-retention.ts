import { Logger } from '@nestjs/common';

import type { Counters } from './checkpoint.js';
import { JournalHold, RetainingCursor } from './journal-cursor.js';
import type { Position } from './journal-entry.js';
import type { ReadingLog } from './reading-log.js';

/** Decides what the journal keeps: entries that are not released yet, or that a retaining cursor has not committed. */
export class JournalRetention {
  private readonly logger = new Logger(JournalRetention.name);
  private readonly cursors: RetainingCursor[] = [];
  private readonly holds = new Set<JournalHold>();
  /** What the journal keeps only for holds. */
  private heldBytes = 0;
  private released: { readonly position: Position; readonly counters: Counters };

  /** @param counters the outcome of the readings up to the released position, for the journal's checkpoint */
  constructor(
    private readonly journal: ReadingLog,
    counters: Counters,
  ) {
    this.released = { position: journal.start.releasedSeq, counters };
  }

  /** Keeps the entries after a position, stored or not, until the cursor commits them. */
  openCursor(from: Position): RetainingCursor {
    const cursor = new RetainingCursor(this.journal, from, () => this.freeSpace());
    this.cursors.push(cursor);
    return cursor;
  }

  /** A cursor at the beginning of what is kept now: until it is closed, everything behind its committed position stays. */
  hold(): JournalHold {
    const hold = new JournalHold(
      this.journal,
      this.neededAfter,
      () => this.freeSpace(),
      () => this.heldBytes,
      async (closed) => {
        this.holds.delete(closed);
        await this.freeSpace();
      },
    );
    this.holds.add(hold);
    return hold;
  }

  /** Readings that a retaining cursor has not committed. */
  get uncommittedReadings(): number {
    const { position } = this.journal;
    return position - Math.min(position, ...this.cursors.map(({ committed }) => committed));
  }

  /** Records that everything up to a position has left the pipeline, and lets the journal delete what nobody needs. */
  async release(position: Position, counters: Counters): Promise<void> {
    this.released = { position, counters };
    await this.freeSpace();
  }

  /** Everything up to here is needed by neither the pipeline nor a retaining cursor. */
  private get neededAfter(): Position {
    return Math.min(this.released.position, ...this.cursors.map(({ committed }) => committed));
  }

  private async freeSpace(): Promise<void> {
    const { position, counters } = this.released;
    const { neededAfter } = this;
    const keepAfter = Math.min(neededAfter, ...Array.from(this.holds, ({ committed }) => committed));
    try {
      this.heldBytes = await this.journal.release(position, keepAfter, counters, neededAfter);
    } catch (error) {
      // The released position is kept nevertheless; the next release or the next start deletes the files.
      this.logger.error(`The journal cannot free disk space: ${(error as Error).message}`);
    }
  }
}
