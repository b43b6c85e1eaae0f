import type { Entry } from './entry.js';

/** A position in the journal: a later one is greater. Treat it as opaque. */
export type Position = number;

/** An entry as its bytes in the journal. */
export interface EntryBytes {
  readonly position: Position;
  /** Its readings, or those that are lost with it. */
  readonly count: number;
  /** For decodeEntry(); empty where the file was damaged and the readings are lost. */
  readonly body: Uint8Array;
}

/** An entry as it is read from the journal. */
export interface JournalEntry {
  readonly position: Position;
  readonly count: number;
  /** Undefined where the file was damaged and the readings are lost. */
  readonly entry: Entry | undefined;
  /** Whether the record is sound, but cannot be decoded. */
  readonly isUnreadable?: boolean;
}

/** An entry that was accepted. */
export interface AcceptedEntry extends JournalEntry {
  readonly entry: Entry;
  /** Its bytes in the journal. */
  readonly bytes: number;
}

/** @returns the position that an entry follows */
export function positionBefore({ position, count }: Pick<JournalEntry, 'position' | 'count'>): Position {
  return position - count;
}
