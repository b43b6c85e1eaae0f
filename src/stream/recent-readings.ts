import { type AcceptedEntry, positionBefore } from '../journal/journal-entry.js';
import type { Reading } from '../model/reading.js';
import { ReadingColumns } from '../model/reading-columns.js';

/** The reading at a position; undefined for one that is not shown. */
export type Slot = Reading | undefined;

/** Positions in a chunk. */
const CHUNK = 1_024;
/** Chunks whose readings stay objects once a client needed them: other clients are at the same position or follow. */
const MAX_UNPACKED = 16;

/** Stands in for a reading that is not shown: no sensor has an empty name. */
const HIDDEN: Reading = { sensorId: '', zone: '', value: 0, timestampUs: 0 };

/** Readings at consecutive positions. Only the last chunk has fewer than CHUNK. */
interface Chunk {
  readonly readings: ReadingColumns;
  /** The readings as objects, as far as they were needed. */
  slots: Slot[] | undefined;
}

/** A bounded buffer of the newest readings in the order of the journal, by position. */
export class RecentReadings {
  private chunks: Chunk[] = [];
  /** The first position of the first chunk. */
  private start = 1;
  private unpacked: Chunk[] = [];
  private last = 0;

  constructor(private readonly capacity: number) {}

  /** The oldest position in the buffer; `lastPosition + 1` when it is empty. */
  get firstPosition(): number {
    return Math.max(this.start, this.last - this.capacity + 1);
  }

  get lastPosition(): number {
    return this.last;
  }

  /** Empties the buffer; the next reading has the position after this one. */
  startAfter(position: number): void {
    this.chunks = [];
    this.unpacked = [];
    this.start = position + 1;
    this.last = position;
  }

  /**
   * Adds the readings of an entry.
   * @param isShown false adds their positions without them
   */
  push(accepted: AcceptedEntry, isShown: boolean): void {
    const { position, count, entry } = accepted;
    const before = positionBefore(accepted);
    // Positions missing in between belong to lost readings.
    if (before !== this.last) this.startAfter(before);
    if (isShown) for (const reading of entry.readings) this.add(reading);
    else for (let index = 0; index < count; index += 1) this.add(HIDDEN);
    this.last = position;
    while (this.start + CHUNK <= this.firstPosition && this.chunks.shift()) this.start += CHUNK;
  }

  /** The slots from one position to another. Both are included, and both must be in the buffer. */
  between(first: number, last: number): Slot[] {
    const slots: Slot[] = [];
    for (let position = first; position <= last; position += 1) {
      const chunk = this.chunks[Math.floor((position - this.start) / CHUNK)];
      if (!chunk) break;
      slots.push(this.slotOf(chunk, (position - this.start) % CHUNK));
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
      this.unpacked.push(chunk);
      const oldest = this.unpacked.length > MAX_UNPACKED ? this.unpacked.shift() : undefined;
      if (oldest) oldest.slots = undefined;
    }
    return (chunk.slots[at] ??= chunk.readings.sensorIdAt(at) === '' ? undefined : chunk.readings.at(at));
  }
}
