import { Logger } from '@nestjs/common';

import type { Counters } from './checkpoint.js';
import { RetainingCursor } from './journal-cursor.js';
import type { Position } from './journal-entry.js';
import type { Journal } from './journal.js';

/** Decides what the journal keeps: what is not released yet, and what a retaining cursor has not committed. */
export class JournalRetention {
  private readonly logger = new Logger(JournalRetention.name);
  private readonly cursors: RetainingCursor[] = [];
  private released: { readonly position: Position; readonly counters: Counters };

  /** @param counters what the readings up to the released position came to, for the journal's checkpoint */
  constructor(
    private readonly journal: Journal,
    counters: Counters,
  ) {
    this.released = { position: journal.releasedAtStart, counters };
  }

  /** Keeps what follows a position, stored or not, until the cursor commits it. */
  openCursor(from: Position): RetainingCursor {
    const cursor = new RetainingCursor(this.journal, from, () => this.giveBack());
    this.cursors.push(cursor);
    return cursor;
  }

  /** Readings that a retaining cursor has not committed. */
  get uncommittedReadings(): number {
    const { position } = this.journal;
    return position - Math.min(position, ...this.cursors.map(({ committed }) => committed));
  }

  /** Notes that everything up to a position has left the pipeline, and lets the journal delete what nobody needs. */
  async release(position: Position, counters: Counters): Promise<void> {
    this.released = { position, counters };
    await this.giveBack();
  }

  private async giveBack(): Promise<void> {
    const { position, counters } = this.released;
    const keepAfter = Math.min(position, ...this.cursors.map(({ committed }) => committed));
    try {
      await this.journal.release(position, keepAfter, counters);
    } catch (error) {
      // The released position is kept all the same; the files go with the next release, or at the next start.
      this.logger.error(`The journal cannot give its space back: ${(error as Error).message}`);
    }
  }
}
