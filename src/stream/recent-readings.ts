import { decodeEntry } from '../journal/entry.js';
import type { AcceptedEntry } from '../journal/journal.js';
import type { Reading } from '../reading/reading.js';

/** A reading, or the place of one that is not shown. */
export type Slot = Reading | undefined;

/** The readings of so many places, the newest, are at hand; older ones are kept as text. */
const AT_HAND = 4_000;
/** Entries read out of their text again that are kept, for clients that are at the same place or go on from there. */
const MAX_DECODED = 16;

/** The readings of one entry, in the places up to its last. */
interface Block {
  readonly lastPlace: number;
  readonly count: number;
  /** Empty when they are not shown. */
  readonly text: string;
  readings: readonly Reading[] | undefined;
}

/** The newest readings in the order of the journal, by their places, in a bounded buffer. */
export class RecentReadings {
  private blocks: Block[] = [];
  /** The first block that counts; those before it are gone. */
  private head = 0;
  /** The first block whose readings are at hand. */
  private atHand = 0;
  private decoded: Block[] = [];
  private last = 0;

  constructor(private readonly capacity: number) {}

  /** The oldest place that is still here; `last + 1` when there is none. */
  get firstPlace(): number {
    const oldest = this.blocks[this.head];
    return oldest ? Math.max(oldest.lastPlace - oldest.count, this.last - this.capacity) + 1 : this.last + 1;
  }

  get lastPlace(): number {
    return this.last;
  }

  /** Forgets all; the next reading takes the place after this one. */
  startAfter(place: number): void {
    this.blocks = [];
    this.head = this.atHand = 0;
    this.decoded = [];
    this.last = place;
  }

  /**
   * Takes the readings of an entry.
   * @param isShown false leaves their places empty
   */
  push({ position, count, text, entry }: AcceptedEntry, isShown: boolean): void {
    // Places that were never seen here are lost ones.
    if (position - count !== this.last) this.startAfter(position - count);
    this.last = position;
    this.blocks.push({
      lastPlace: position,
      count,
      text: isShown ? text : '',
      readings: isShown ? entry.readings : undefined,
    });
    for (let block = this.blocks[this.atHand]; block && this.isBefore(block, AT_HAND);) {
      block.readings = undefined;
      block = this.blocks[(this.atHand += 1)];
    }
    for (let block = this.blocks[this.head]; block && this.isBefore(block, this.capacity);)
      block = this.blocks[(this.head += 1)];
    this.letGo();
  }

  /** What is in the places from one to another, both included and both still here. */
  between(firstPlace: number, lastPlace: number): Slot[] {
    const slots: Slot[] = [];
    let index = this.indexOf(firstPlace);
    for (let place = firstPlace; place <= lastPlace; index += 1) {
      const block = this.blocks[index];
      if (!block) break;
      const before = block.lastPlace - block.count;
      const readings = this.readingsOf(block);
      for (; place <= lastPlace && place <= block.lastPlace; place += 1)
        slots.push(readings?.[place - before - 1]);
    }
    return slots;
  }

  private isBefore({ lastPlace }: Block, places: number): boolean {
    return lastPlace <= this.last - places;
  }

  private readingsOf(block: Block): readonly Reading[] | undefined {
    if (block.readings || block.text === '') return block.readings;
    block.readings = decodeEntry(block.text).readings;
    this.decoded.push(block);
    const oldest = this.decoded.length > MAX_DECODED ? this.decoded.shift() : undefined;
    if (oldest) oldest.readings = undefined;
    return block.readings;
  }

  /** The block that a place lies in. */
  private indexOf(place: number): number {
    let low = this.head;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.blocks[middle]?.lastPlace ?? Infinity) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** In halves, so that each block moves once on average. */
  private letGo(): void {
    if (this.head * 2 < this.blocks.length) return;
    this.blocks = this.blocks.slice(this.head);
    this.atHand = Math.max(0, this.atHand - this.head);
    this.head = 0;
  }
}
