import type { Packed } from '../influx/packed.js';
import type { Reading } from '../reading/reading.js';
import type { DeadLetter } from './dead-letter.js';
import type { Entry } from './entry.js';
import type { JournalEntry } from './journal.js';

/** An entry on its way to the store: its readings are in `text`, and packed in its parcels. */
export interface Underway extends Pick<JournalEntry, 'position' | 'count' | 'text'> {
  /** Undefined where the file was damaged and the readings are lost. */
  readonly entry: Omit<Entry, 'readings'> | undefined;
  /** Its readings whose outcome is not known yet. */
  remaining: number;
  /** Undefined as long as there is none. */
  deadLetters: Omit<DeadLetter, 'id'>[] | undefined;
}

/** Readings of one entry in one lane, in their order. */
export interface Parcel {
  readonly underway: Underway;
  readonly packed: Packed;
  /** The number of the lane, and how many of the entry's readings in it are in parcels before this one. */
  readonly lane: number;
  readonly skip: number;
}

/** A batch ends before either is exceeded. Measured: larger ones do not make InfluxDB faster. */
export const MAX_READINGS = 5_000;
const MAX_CHARACTERS = 1 << 20;
/** So many readings are no more than that, whatever they are called. */
const MAX_PARCEL = 2_500;

/**
 * The readings of some sensors, in the order of acceptance. A lane has one batch under way, so two writes of the
 * same point can never overtake each other.
 */
export class Lane {
  private parcels: Parcel[] = [];
  private head = 0;
  private waiting = 0;

  /** How many readings wait. */
  get length(): number {
    return this.waiting;
  }

  /** Whether what waits fills a batch. */
  get isFull(): boolean {
    return this.waiting >= MAX_READINGS;
  }

  push(parcel: Parcel): void {
    this.parcels.push(parcel);
    this.waiting += parcel.packed.count;
  }

  /** The next batch, all of it replayed or none of it; empty when nothing waits. */
  take(): Parcel[] {
    const start = this.head;
    const isReplayed = this.parcels[start]?.underway.entry?.replayed !== undefined;
    let readings = 0;
    let characters = 0;
    for (; this.head < this.parcels.length; this.head += 1) {
      const parcel = this.parcels[this.head];
      if (!parcel || (parcel.underway.entry?.replayed !== undefined) !== isReplayed) break;
      const { count, text } = parcel.packed;
      const isMore = readings + count > MAX_READINGS || characters + text.length > MAX_CHARACTERS;
      if (isMore && this.head > start) break;
      readings += count;
      characters += text.length;
    }
    const batch = this.parcels.slice(start, this.head);
    this.waiting -= readings;
    // A lane that is never empty must let go of what it gave, too; in halves, so that each parcel moves once on average.
    if (this.head * 2 >= this.parcels.length) {
      this.parcels = this.parcels.slice(this.head);
      this.head = 0;
    }
    return batch;
  }
}

/** Puts readings into lanes by sensor: all those of a sensor always into the same. @returns of some lanes their own */
export function toLanes(readings: readonly Reading[], lanes: number): Map<number, readonly Reading[]> {
  const [first] = readings;
  if (lanes === 1) return new Map([[0, readings]]);
  if (first && readings.length === 1) return new Map([[laneOf(first.sensorId, lanes), readings]]);
  const divided = Array.from({ length: lanes }, (): Reading[] => []);
  for (const reading of readings) divided[laneOf(reading.sensorId, lanes)]?.push(reading);
  return new Map(divided.entries());
}

/** Cuts a lane's readings into such as fit into one parcel each; none of them is empty. */
export function* toParcels(readings: readonly Reading[]): Generator<readonly Reading[]> {
  for (let at = 0; at < readings.length; at += MAX_PARCEL)
    yield readings.length <= MAX_PARCEL ? readings : readings.slice(at, at + MAX_PARCEL);
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) over the UTF-16 code units. */
function laneOf(sensorId: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < sensorId.length; at += 1)
    hash = Math.imul(hash ^ sensorId.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % lanes;
}
