import type { LoggedEvent } from '../model/system-event.js';

const CAPACITY = 1_000;

/** The newest events of the system log, oldest first, in a bounded buffer. */
export class RecentEvents {
  private events: LoggedEvent[] = [];
  /** Everything after this row is here. */
  private after: number;

  constructor(lastRow: number) {
    this.after = lastRow;
  }

  get lastRow(): number {
    return this.events.at(-1)?.row ?? this.after;
  }

  push(events: readonly LoggedEvent[]): void {
    this.events.push(...events);
    // Twice as many at times, so that they are seldom moved.
    if (this.events.length < 2 * CAPACITY) return;
    const gone = this.events.length - CAPACITY;
    this.after = this.events[gone - 1]?.row ?? this.after;
    this.events = this.events.slice(gone);
  }

  /** @returns those that follow a row; undefined when some of them are not here any more */
  following(row: number): readonly LoggedEvent[] | undefined {
    if (row < this.after) return undefined;
    if (row >= this.lastRow) return [];
    const index = this.events.findIndex((event) => event.row > row);
    return this.events.slice(index);
  }
}
