import type { CheckpointData, Counters } from './checkpoint.js';
import type { Entry } from './entry.js';
import type { AcceptedEntry, EntryBytes, JournalEntry, Position } from './journal-entry.js';
import type { JournalWatch } from './journal-watch.js';

/** Readings that a damaged or missing file took. */
export interface Loss {
  readonly file: string;
  readonly readings: number;
}

/** Entries that were written and synced together. */
export interface Group {
  readonly readings: number;
  readonly bytes: number;
  /** How long the disk took to sync it, milliseconds. */
  readonly syncMs: number;
}

/** What opening the log found. */
export interface LogStart {
  /** Everything up to this position has left the log. */
  readonly releasedSeq: Position;
  readonly losses: readonly Loss[];
  /** What is not the log's, and where it is now, for a person. */
  readonly strays: readonly string[];
  /** How far the previous run came, and the outcome then; undefined when that is not known. */
  readonly checkpoint: CheckpointData | undefined;
}

/**
 * The durable queue of readings between acceptance and the store: entries in the order of acceptance, each at a position.
 * Positions count readings, so an entry's position is that of its last one. Local implementation: Journal.
 */
export abstract class ReadingLog {
  abstract readonly start: LogStart;

  /** Reports when the log fills up, refuses, and accepts again; knows its bytes. */
  abstract readonly watch: JournalWatch;

  /** The position of the newest entry that was accepted. */
  abstract readonly position: Position;

  /** When the oldest entry that waits to be kept was accepted by the monotonic clock of this run, in milliseconds. */
  abstract readonly oldestWaitingMs: number | undefined;

  /** Calls the listener with the entries of every group once they are kept, in order, before append() returns. */
  abstract onAccepted(listener: (accepted: readonly AcceptedEntry[]) => void): void;

  /** Calls the listener with every group once it is kept. */
  abstract onGroup(listener: (group: Group) => void): void;

  /** Calls the listener with what was damaged while the gateway ran, for a person. */
  abstract onDamage(listener: (damage: string) => void): void;

  /**
   * Returns once the entry can no longer be lost, whole.
   * @throws GatewayError JOURNAL_FULL, DISK_FULL, JOURNAL_UNAVAILABLE or TOO_BUSY: nothing of it is kept
   */
  abstract append(entry: Entry): Promise<void>;

  /**
   * About `maxBytes` of the entries that follow a position, oldest first; empty when there are none yet.
   * @throws CallError when it cannot be read now; nothing of it is lost
   */
  abstract read(after: Position, maxBytes?: number): Promise<JournalEntry[]>;

  /** The same as bytes, for readers that decode them in their own thread. */
  abstract readBytes(after: Position, maxBytes?: number): Promise<EntryBytes[]>;

  /**
   * Records that everything up to `position` is stored or became dead letters.
   * @param keepAfter everything up to here may be deleted, which frees its space
   * @param counters the outcome of everything up to `position`
   * @param neededAfter nobody but a hold needs what is up to here
   * @returns the bytes that stay only for a hold
   * @throws CallError when the log is closed
   */
  abstract release(
    position: Position,
    keepAfter: Position,
    counters: Counters,
    neededAfter: Position,
  ): Promise<number>;

  /** Waits for the appends in flight. May be called twice. */
  abstract close(): Promise<void>;
}
