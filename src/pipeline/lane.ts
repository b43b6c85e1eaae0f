import type { Reading } from '../model/reading.js';
import { ReadingColumns } from '../model/reading-columns.js';
import type { DeletionInFlight, InFlightGroup } from './in-flight-group.js';

/** A batch is full with as many readings as the store takes, or with this many characters for each of them. */
const CHARACTERS_PER_READING = (1 << 20) / 5_000;
/** A line's characters, at most, besides the names in it. */
const LINE_CHARACTERS = 121;

/** Readings that go to the store with one write, in their order. */
export class Batch {
  readonly readings: ReadingColumns;
  /** The groups that the readings belong to: each part covers those that follow the part before. */
  readonly parts: { readonly group: InFlightGroup; count: number }[] = [];
  /** The ids of dead letters that are tried again, in the order of the readings; else empty. */
  readonly letterIds: number[] = [];
  private characters = 0;

  /**
   * @param isReplayed whether all of them are dead letters that are tried again, or none
   * @param maxReadings with how many it is full
   * @param expected about how many there will be
   */
  constructor(
    readonly isReplayed: boolean,
    private readonly maxReadings: number,
    expected: number,
  ) {
    this.readings = new ReadingColumns(expected);
  }

  get isFull(): boolean {
    const { readings, characters, maxReadings } = this;
    return readings.length >= maxReadings || characters >= maxReadings * CHARACTERS_PER_READING;
  }

  push(group: InFlightGroup, reading: Reading, letterId?: number): void {
    this.readings.push(reading);
    if (letterId !== undefined) this.letterIds.push(letterId);
    // Names may have to be escaped, character by character.
    this.characters += LINE_CHARACTERS + 2 * (reading.sensorId.length + reading.zone.length);
    const last = this.parts[this.parts.length - 1];
    if (last?.group === group) last.count += 1;
    else this.parts.push({ group, count: 1 });
  }

  /** @throws RangeError when there is no such reading */
  groupOf(index: number): InFlightGroup {
    let end = 0;
    for (const { group, count } of this.parts) {
      end += count;
      if (index < end) return group;
    }
    throw new RangeError(`There is no reading ${index} in a batch of ${end} readings`);
  }
}

/** A deletion in a lane: what follows it waits until it is carried out. */
export interface Barrier {
  readonly group: InFlightGroup;
  readonly deletion: DeletionInFlight;
}

/**
 * The readings of some sensors, in the order of acceptance. A lane has one batch in flight, so two writes of the
 * same point can never overtake each other.
 */
export class Lane {
  /** The last one is being filled. */
  private readonly batches: (Batch | Barrier)[] = [];
  private waiting = 0;
  private lastLength = 0;

  /** @param maxReadings of one batch */
  constructor(private readonly maxReadings: number) {}

  /** How many readings and deletions wait. */
  get length(): number {
    return this.waiting;
  }

  /** Whether the waiting readings fill a batch. */
  get isFull(): boolean {
    return this.waiting >= this.maxReadings;
  }

  /** @param letterId of a dead letter that is tried again: they go in batches of their own */
  push(group: InFlightGroup, reading: Reading, letterId?: number): void {
    const isReplayed = letterId !== undefined;
    let batch = this.batches[this.batches.length - 1];
    if (!(batch instanceof Batch) || batch.isReplayed !== isReplayed || batch.isFull) {
      batch = new Batch(isReplayed, this.maxReadings, this.lastLength);
      this.batches.push(batch);
    }
    batch.push(group, reading, letterId);
    this.waiting += 1;
  }

  /** Lets nothing that follows join what came before. */
  pushBarrier(barrier: Barrier): void {
    this.batches.push(barrier);
    this.waiting += 1;
  }

  /** The next batch, or the next deletion; undefined when nothing waits. */
  take(): Batch | Barrier | undefined {
    const next = this.batches.shift();
    if (next instanceof Batch) {
      this.lastLength = next.readings.length;
      this.waiting -= this.lastLength;
    } else if (next) {
      this.waiting -= 1;
    }
    return next;
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
