import { JournalCursor, type JournalHold, type RetainingCursor } from '../journal/journal-cursor.js';
import type { AcceptedEntry, Position } from '../journal/journal-entry.js';
import type { JournalRetention } from '../journal/journal-retention.js';
import type { ReadingLog } from '../journal/reading-log.js';

/** For readers of the journal: new entries as they are accepted, and cursors for those before. */
export class JournalFeed {
  /** @param identity of the journal's positions: when it has changed, earlier positions are no longer valid */
  constructor(
    readonly identity: string,
    private readonly journal: ReadingLog,
    private readonly retention: JournalRetention,
  ) {}

  /** The position of the newest entry that was accepted. */
  get position(): Position {
    return this.journal.position;
  }

  /** At the start, everything up to this position had left the journal. */
  get releasedAtStart(): Position {
    return this.journal.start.releasedSeq;
  }

  /**
   * Up to this time it is known which readings were accepted; those that wait for the disk may still be refused.
   * @returns milliseconds of the monotonic clock of this run, at most `nowMs`
   */
  knownUpToMs(nowMs: number): number {
    return Math.min(nowMs, this.journal.oldestWaitingMs ?? nowMs);
  }

  /** Calls the listener with each group of entries that is on disk, in the journal's order. */
  onAccepted(listener: (accepted: readonly AcceptedEntry[]) => void): void {
    this.journal.onAccepted(listener);
  }

  /** A cursor after a position. The journal does not wait for it: entries that are released meanwhile may be gone. */
  openCursor(from: Position): JournalCursor {
    return new JournalCursor(this.journal, from);
  }

  /** A cursor after a position; the journal keeps the entries that it has not committed, stored or not. */
  openRetainingCursor(from: Position): RetainingCursor {
    return this.retention.openCursor(from);
  }

  /** A cursor at the beginning of the journal, whose entries all stay until the cursor commits them or is closed. */
  hold(): JournalHold {
    return this.retention.hold();
  }
}
