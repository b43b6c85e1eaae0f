import type { EntryBytes, JournalEntry, Position } from './journal-entry.js';

/** What a cursor reads from. */
interface ReadableJournal {
  read(after: Position, maxBytes?: number): Promise<JournalEntry[]>;
  readBytes(after: Position): Promise<EntryBytes[]>;
}

/** A reader's position in the journal. Each reader has one of its own: the forwarder, the rules, a client of the stream. */
export class JournalCursor {
  private at: Position;

  constructor(
    private readonly journal: ReadableJournal,
    from: Position,
  ) {
    this.at = from;
  }

  /** The reader is done with everything up to here. */
  get position(): Position {
    return this.at;
  }

  /** Moves on to a position, after read() or past entries that the reader took from memory; never back. */
  advance(position: Position): void {
    if (position > this.at) this.at = position;
  }

  /** About `maxBytes` of what follows the position, oldest first; empty when there is nothing yet. */
  read(maxBytes?: number): Promise<JournalEntry[]> {
    return this.journal.read(this.at, maxBytes);
  }

  /** The same as bytes, for readers that decode them in their own thread. */
  readBytes(): Promise<EntryBytes[]> {
    return this.journal.readBytes(this.at);
  }
}

/** A cursor whose reader needs entries again after a restart: the journal keeps what it has not committed. */
export class RetainingCursor extends JournalCursor {
  private committedTo: Position;

  /** @param onCommit called whenever the journal may free more disk space */
  constructor(
    journal: ReadableJournal,
    from: Position,
    private readonly onCommit: () => Promise<void>,
  ) {
    super(journal, from);
    this.committedTo = from;
  }

  /** The reader no longer needs anything up to here. */
  get committed(): Position {
    return this.committedTo;
  }

  /** Lets the journal delete everything up to a position, as far as nobody else needs it. */
  async commit(position: Position): Promise<void> {
    if (position <= this.committedTo) return;
    this.committedTo = position;
    await this.onCommit();
  }
}

/** A cursor that the journal waits for until it is closed. It counts for nobody as work that is left. */
export class JournalHold extends RetainingCursor {
  private isClosed = false;

  /**
   * @param allHeldBytes what the journal keeps for holds alone, bytes
   * @param onClose called once
   */
  constructor(
    journal: ReadableJournal,
    from: Position,
    onCommit: () => Promise<void>,
    private readonly allHeldBytes: () => number,
    private readonly onClose: (hold: JournalHold) => Promise<void>,
  ) {
    super(journal, from, onCommit);
  }

  /** Bytes of the files that the journal keeps only because of this cursor, or another hold; 0 when it is closed. */
  get heldBytes(): number {
    return this.isClosed ? 0 : this.allHeldBytes();
  }

  /** Lets the journal delete what it kept for this cursor alone. May be called twice. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.onClose(this);
  }
}
