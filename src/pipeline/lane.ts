import type { Reading } from '../model/reading.js';
import { ReadingColumns } from '../model/reading-columns.js';
import type { NewDeadLetter } from '../model/dead-letter.js';
import type { RememberedAnswer } from '../journal/entry.js';
import type { Position } from '../journal/journal.js';

/** Entries that follow one another, on their way to the store together. */
export interface InFlightGroup {
  /** Of the last of them. */
  readonly position: Position;
  /** When the oldest of them was accepted, milliseconds since the Unix epoch; undefined where all of them are lost. */
  readonly acceptedMs: number | undefined;
  readonly readings: number;
  /** Readings that are lost, because the file was damaged. */
  readonly damaged: number;
  readonly remembered: readonly RememberedAnswer[];
  /** The ids of dead letters that are among the readings. */
  readonly replayed: readonly number[];
  /** Readings whose outcome is not known yet; of dead letters that were merged there is one. */
  remaining: number;
  /** Undefined as long as there is none. */
  deadLetters: NewDeadLetter[] | undefined;
}

/** A batch is full when it has either. Measured: larger ones do not make InfluxDB faster. */
export const MAX_READINGS = 5_000;
const MAX_CHARACTERS = 1 << 20;
/** Of a line, at most, besides the names in it. */
const LINE_CHARACTERS = 121;

/** Readings that go to the store with one write, in their order. */
export class Batch {
  readonly readings: ReadingColumns;
  /** Whose they are: each stands for the readings that follow those of the one before. */
  readonly parts: { readonly underway: InFlightGroup; count: number }[] = [];
  /** Of dead letters that are tried again the ids, in the order of the readings; else empty. */
  readonly letterIds: number[] = [];
  private characters = 0;

  /**
   * @param isReplayed whether all of them are dead letters that are tried again, or none
   * @param expected how many there will be, about
   */
  constructor(
    readonly isReplayed: boolean,
    expected: number,
  ) {
    this.readings = new ReadingColumns(expected);
  }

  get isFull(): boolean {
    return this.readings.length >= MAX_READINGS || this.characters >= MAX_CHARACTERS;
  }

  push(underway: InFlightGroup, reading: Reading, letterId?: number): void {
    this.readings.push(reading);
    if (letterId !== undefined) this.letterIds.push(letterId);
    // Names may have to be escaped, character by character.
    this.characters += LINE_CHARACTERS + 2 * (reading.sensorId.length + reading.zone.length);
    const last = this.parts[this.parts.length - 1];
    if (last?.underway === underway) last.count += 1;
    else this.parts.push({ underway, count: 1 });
  }

  /** @throws RangeError when there is no such place */
  underwayOf(place: number): InFlightGroup {
    let end = 0;
    for (const { underway, count } of this.parts) {
      end += count;
      if (place < end) return underway;
    }
    throw new RangeError(`There is no place ${place} in a batch of ${end} readings`);
  }
}

/**
 * The readings of some sensors, in the order of acceptance. A lane has one batch under way, so two writes of the
 * same point can never overtake each other.
 */
export class Lane {
  /** The last one is being filled. */
  private readonly batches: Batch[] = [];
  private waiting = 0;
  private lastLength = 0;

  /** How many readings wait. */
  get length(): number {
    return this.waiting;
  }

  /** Whether what waits fills a batch. */
  get isFull(): boolean {
    return this.waiting >= MAX_READINGS;
  }

  /** @param letterId of a dead letter that is tried again: they go in batches of their own */
  push(underway: InFlightGroup, reading: Reading, letterId?: number): void {
    const isReplayed = letterId !== undefined;
    let batch = this.batches[this.batches.length - 1];
    if (batch?.isReplayed !== isReplayed || batch.isFull) {
      batch = new Batch(isReplayed, this.lastLength);
      this.batches.push(batch);
    }
    batch.push(underway, reading, letterId);
    this.waiting += 1;
  }

  /** The next batch; undefined when nothing waits. */
  take(): Batch | undefined {
    const batch = this.batches.shift();
    this.lastLength = batch?.readings.length ?? 0;
    this.waiting -= this.lastLength;
    return batch;
  }
}

/** @returns the lane of a sensor: FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) over the UTF-16 code units */
export function laneOf(sensorId: string, lanes: number): number {
  if (lanes === 1) return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < sensorId.length; at += 1)
    hash = Math.imul(hash ^ sensorId.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % lanes;
}
