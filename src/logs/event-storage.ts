import type { LoggedEvent, SystemEvent } from '../model/system-event.js';
import type { EventFilter, PagePosition } from './event-filter.js';

/** The state of the log besides its entries. */
export interface LogState {
  /** Random, made together with the log. */
  readonly identity: string;
  /** From this row on, no entry has left the log; one more than lastRow when it is empty. */
  readonly firstRow: number;
  /** The highest row that was ever used. */
  readonly lastRow: number;
  /** The store has a copy of all entries up to this row. */
  readonly copiedRow: number;
  /** Entries that left the full log, and that told() has not been called for yet. */
  readonly untold: number;
}

/** The result of an append. */
export interface AppendResult {
  /** The events that were not in the log yet. */
  readonly appended: LoggedEvent[];
  readonly firstRow: number;
  /** How many older entries had to leave the full log. */
  readonly dropped: number;
}

/** The result of removing old entries. */
export interface RemovalResult {
  readonly removed: number;
  readonly firstRow: number;
}

/**
 * Keeps the entries of the system log: rows that are numbered in the order in which they were appended. A change can no longer
 * be lost once its call returns. Local implementation: LocalEventStorage.
 *
 * Each call rejects with a CallError when nothing can be read or changed now; nothing has changed then.
 */
export abstract class EventStorage {
  /** Where it was moved to, because it was found damaged when it was opened; undefined when it was sound. */
  abstract readonly damagedFile: string | undefined;

  abstract state(): Promise<LogState>;

  /**
   * Appends events in one transaction, in their order. An event whose id is in the log already is left out.
   * @param nowUs when they are appended, microseconds since the Unix epoch; only removeOld() goes by it
   * @param max entries in the log at most; of more, those leave that LogShares chooses
   */
  abstract append(events: readonly SystemEvent[], nowUs: number, max: number): Promise<AppendResult>;

  /** @returns at most `limit` entries, newest first; at equal times, the higher row first */
  abstract newest(filter: EventFilter, limit: number, after?: PagePosition): Promise<LoggedEvent[]>;

  /** @returns at most `limit` entries with a row above `row`, in the order of their rows */
  abstract after(row: number, limit: number): Promise<LoggedEvent[]>;

  /** The store has a copy of all entries up to a row. */
  abstract copied(row: number): Promise<void>;

  /** Somebody was told about so many of the entries that left the full log. */
  abstract told(count: number): Promise<void>;

  /** Shifts when entries after a row were appended; no entry was appended after `nowUs`. */
  abstract redate(afterRow: number, shiftUs: number, nowUs: number): Promise<void>;

  /** Removes at most `limit` entries that were appended before a time, none beyond a row. */
  abstract removeOld(appendedBeforeUs: number, upToRow: number, limit: number): Promise<RemovalResult>;

  /** Waits for the calls made so far. May be called twice. */
  abstract close(): Promise<void>;
}
