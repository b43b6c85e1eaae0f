import { type AcceptedEntry, positionBefore } from '../journal/journal-entry.js';
import type { Reading } from '../model/reading.js';
import { ReadingColumns } from '../model/reading-columns.js';

/** A reading, or the place of one that is not shown. */
export type Slot = Reading | undefined;

/** So many places lie in a chunk. */
const CHUNK = 1_024;
/** Chunks whose readings are kept as objects once they were asked for, for clients that are at the same place or go on from there. */
const MAX_AT_HAND = 16;

/** What stands in the place of a reading that is not shown: no sensor has an empty name. */
const HIDDEN: Reading = { sensorId: '', zone: '', value: 0, timestampUs: 0 };

/** Readings in places that follow one another; only the last chunk has fewer than CHUNK. */
interface Chunk {
  readonly readings: ReadingColumns;
  /** Those that were asked for. */
  slots: Slot[] | undefined;
}

/** The newest readings in the order of the journal, by their places, in a bounded buffer. */
export class RecentReadings {
  private chunks: Chunk[] = [];
  /** The first place of the first chunk. */
  private start = 1;
  private atHand: Chunk[] = [];
  private last = 0;

  constructor(private readonly capacity: number) {}

  /** The oldest place that is still here; `last + 1` when there is none. */
  get firstPlace(): number {
    return Math.max(this.start, this.last - this.capacity + 1);
  }

  get lastPlace(): number {
    return this.last;
  }

  /** Forgets all; the next reading takes the place after this one. */
  startAfter(place: number): void {
    this.chunks = [];
    this.atHand = [];
    this.start = place + 1;
    this.last = place;
  }

  /**
   * Takes the readings of an entry.
   * @param isShown false leaves their places empty
   */
  push(accepted: AcceptedEntry, isShown: boolean): void {
    const { position, count, entry } = accepted;
    const before = positionBefore(accepted);
    // Places that were never seen here are lost ones.
    if (before !== this.last) this.startAfter(before);
    if (isShown) for (const reading of entry.readings) this.add(reading);
    else for (let place = 0; place < count; place += 1) this.add(HIDDEN);
    this.last = position;
    while (this.start + CHUNK <= this.firstPlace && this.chunks.shift()) this.start += CHUNK;
  }

  /** What is in the places from one to another, both included and both still here. */
  between(firstPlace: number, lastPlace: number): Slot[] {
    const slots: Slot[] = [];
    for (let place = firstPlace; place <= lastPlace; place += 1) {
      const chunk = this.chunks[Math.floor((place - this.start) / CHUNK)];
      if (!chunk) break;
      slots.push(this.slotOf(chunk, (place - this.start) % CHUNK));
    }
    return slots;
  }

  private add(reading: Reading): void {
    let chunk = this.chunks.at(-1);
    if (!chunk || chunk.readings.length === CHUNK) {
      chunk = { readings: new ReadingColumns(CHUNK), slots: undefined };
      this.chunks.push(chunk);
    }
    chunk.readings.push(reading);
  }

  private slotOf(chunk: Chunk, at: number): Slot {
    if (!chunk.slots) {
      chunk.slots = [];
      this.atHand.push(chunk);
      const oldest = this.atHand.length > MAX_AT_HAND ? this.atHand.shift() : undefined;
      if (oldest) oldest.slots = undefined;
    }
    return (chunk.slots[at] ??= chunk.readings.sensorIdAt(at) === '' ? undefined : chunk.readings.at(at));
  }
}
