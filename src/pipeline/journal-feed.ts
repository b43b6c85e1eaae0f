import { JournalCursor, type RetainingCursor } from '../journal/journal-cursor.js';
import type { AcceptedEntry, Position } from '../journal/journal-entry.js';
import type { JournalRetention } from '../journal/journal-retention.js';
import type { Journal } from '../journal/journal.js';

/** What follows the journal: new entries as they are accepted, and cursors for what is behind. */
export class JournalFeed {
  /** @param identity the journal's: where it differs from before, positions of before mean nothing any more */
  constructor(
    readonly identity: string,
    private readonly journal: Journal,
    private readonly retention: JournalRetention,
  ) {}

  /** The position of the newest entry that was accepted. */
  get position(): Position {
    return this.journal.position;
  }

  /** The position up to which everything had left the journal at the start. */
  get releasedAtStart(): Position {
    return this.journal.releasedAtStart;
  }

  /**
   * Up to when it is known what was accepted: what waits for the disk may still be refused.
   * @returns milliseconds since the Unix epoch, at most `nowMs`
   */
  knownUpToMs(nowMs: number): number {
    return Math.min(nowMs, this.journal.oldestWaitingMs ?? nowMs);
  }

  /** Calls the listener with each group of entries that is on disk, in the journal's order. */
  onAccepted(listener: (accepted: readonly AcceptedEntry[]) => void): void {
    this.journal.onAccepted(listener);
  }

  /** A cursor after a position. The journal does not wait for it: what is released meanwhile may be gone. */
  openCursor(from: Position): JournalCursor {
    return new JournalCursor(this.journal, from);
  }

  /** A cursor after a position; the journal keeps, stored or not, what it has not committed. */
  openRetainingCursor(from: Position): RetainingCursor {
    return this.retention.openCursor(from);
  }
}
