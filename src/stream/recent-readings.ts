import type { Reading } from '../reading/reading.js';

/** A reading, or the place of one that is not shown. */
export type Slot = Reading | undefined;

/** The newest readings in the order of the journal, by their places, in a bounded buffer. */
export class RecentReadings {
  private readonly slots: Slot[];
  private first = 1;
  /** The place that the next reading takes. */
  private next = 1;

  constructor(private readonly capacity: number) {
    this.slots = new Array<Slot>(capacity);
  }

  /** The oldest place that is still here; `last + 1` when there is none. */
  get firstPlace(): number {
    return this.first;
  }

  get lastPlace(): number {
    return this.next - 1;
  }

  /** Forgets all; the next reading takes the place after this one. */
  startAfter(place: number): void {
    this.slots.fill(undefined);
    this.first = this.next = place + 1;
  }

  /**
   * Takes readings that follow each other up to a place.
   * @param shown false leaves their places empty
   */
  push(readings: readonly Reading[], lastPlace: number, shown = true): void {
    // Places that were never seen here are lost ones.
    if (lastPlace - readings.length !== this.lastPlace) this.startAfter(lastPlace - readings.length);
    for (const reading of readings) {
      this.slots[this.next % this.capacity] = shown ? reading : undefined;
      this.next += 1;
    }
    this.first = Math.max(this.first, this.next - this.capacity);
  }

  /** @param place from firstPlace to lastPlace */
  at(place: number): Slot {
    return this.slots[place % this.capacity];
  }
}
