import { crc32 } from 'node:zlib';

import type { Reading } from '../reading/reading.js';
import type { DeadLetter } from './dead-letter.js';
import type { JournalEntry } from './journal.js';

/** An entry on its way to the store. */
export interface Underway extends JournalEntry {
  /** Its readings whose outcome is not known yet. */
  remaining: number;
  readonly deadLetters: Omit<DeadLetter, 'id'>[];
}

/** One reading of an entry. */
export interface Item {
  readonly underway: Underway;
  readonly reading: Reading;
  /** Whether it was a dead letter: it must not overwrite what the store has taken meanwhile. */
  readonly replayed: boolean;
}

/** A batch ends before either is exceeded. Measured: larger ones do not make InfluxDB faster. */
const MAX_ITEMS = 5_000;
const MAX_BYTES = 1 << 20;
/** What a line takes beside the names, at most. */
const LINE_BYTES = 110;

/**
 * The readings of some sensors, in the order of acceptance. A lane has one batch under way, so two writes of the
 * same point can never overtake each other.
 */
export class Lane {
  private items: Item[] = [];
  private head = 0;

  /** The number of the lane, out of `lanes`, that a sensor's readings take. */
  static of(sensorId: string, lanes: number): number {
    return lanes === 1 ? 0 : crc32(sensorId) % lanes;
  }

  get length(): number {
    return this.items.length - this.head;
  }

  /** Whether what waits fills a batch. */
  get isFull(): boolean {
    return this.length >= MAX_ITEMS;
  }

  push(item: Item): void {
    this.items.push(item);
  }

  /** The next batch, all of it replayed or none of it; empty when nothing waits. */
  take(): Item[] {
    const start = this.head;
    const replayed = this.items[start]?.replayed;
    let bytes = 0;
    for (; this.head < this.items.length && this.head - start < MAX_ITEMS; this.head += 1) {
      const item = this.items[this.head];
      if (!item || item.replayed !== replayed) break;
      bytes += LINE_BYTES + item.reading.sensorId.length + item.reading.zone.length;
      if (bytes > MAX_BYTES && this.head > start) break;
    }
    const batch = this.items.slice(start, this.head);
    // A lane that is never empty must let go of what it gave, too; in halves, so that each item moves once on average.
    if (this.head * 2 >= this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return batch;
  }
}
