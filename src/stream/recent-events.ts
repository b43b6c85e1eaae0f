import type { LoggedEvent } from '../model/system-event.js';

const CAPACITY = 1_000;

/** A bounded buffer of the newest events of the system log, oldest first. */
export class RecentEvents {
  private events: LoggedEvent[] = [];
  /** The buffer has everything after this row. */
  private after: number;

  constructor(lastRow: number) {
    this.after = lastRow;
  }

  get lastRow(): number {
    return this.events.at(-1)?.row ?? this.after;
  }

  push(events: readonly LoggedEvent[]): void {
    this.events.push(...events);
    // It grows to twice the capacity before it is cut, so that events are rarely copied.
    if (this.events.length < 2 * CAPACITY) return;
    const excess = this.events.length - CAPACITY;
    this.after = this.events[excess - 1]?.row ?? this.after;
    this.events = this.events.slice(excess);
  }

  /** @returns the events that follow a row; undefined when the buffer no longer has all of them */
  following(row: number): readonly LoggedEvent[] | undefined {
    if (row < this.after) return undefined;
    if (row >= this.lastRow) return [];
    const index = this.events.findIndex((event) => event.row > row);
    return this.events.slice(index);
  }
}
