import type { AcceptedEntry, Position } from '../journal/journal-entry.js';
import type { Reading } from '../model/reading.js';
import type { Accepted } from './evaluator.js';

/** So many numbers wait at most, 4 MiB; whoever is further behind than that reads the journal. */
const MAX_NUMBERS = 1 << 19;
/** About so many go to the rules at once, 16,000 readings: changes of the rules come in between. */
const TAKEN_AT_ONCE = 1 << 16;
/** So many names are known by their numbers; with more of them it begins anew. */
const MAX_NAMES = 200_000;

/** What stands before the readings of an entry: its place, when it was accepted, its bytes in the journal, how many they are. */
const HEAD = 4;
/** Of a reading: the numbers of its sensor and its zone, its value and its timestamp. */
const EACH = 4;

/** Entries as numbers, of which a thread makes readings in a fraction of the time that it takes to read the journal. */
export interface NumberedEntries {
  readonly numbers: Float64Array;
  /** The sensors and zones that are new here, and the number of the first of them. */
  readonly names: readonly string[];
  readonly firstName: number;
}

/** The entries that were accepted last, for rules that keep up with them. */
export class FreshReadings {
  private numbers = new Float64Array(1 << 12);
  private length = 0;
  private readonly numberOf = new Map<string, number>();
  private names: string[] = [];

  /** @param after all that follows this place is given to push() */
  constructor(private after: Position) {}

  /** Takes an entry; of dead letters that are tried again only their place, as they were judged when they were accepted. */
  push({ position, bytes, entry: { acceptedMs, readings, replayed } }: AcceptedEntry): void {
    const its = replayed ? [] : readings;
    const length = this.length + HEAD + EACH * its.length;
    if (length > MAX_NUMBERS) {
      this.length = 0;
      this.after = position;
      return;
    }
    if (length > this.numbers.length) this.grow(length);
    const { numbers } = this;
    let at = this.length;
    numbers[at++] = position;
    numbers[at++] = acceptedMs;
    numbers[at++] = bytes;
    numbers[at++] = its.length;
    for (const { sensorId, zone, value, timestampUs } of its) {
      numbers[at++] = this.numberOf.get(sensorId) ?? this.add(sensorId);
      numbers[at++] = this.numberOf.get(zone) ?? this.add(zone);
      numbers[at++] = value;
      numbers[at++] = timestampUs;
    }
    this.length = length;
  }

  /**
   * Gives away what follows a place, oldest first, as far as one go reaches.
   * @returns the entries, where they end, and their bytes in the journal; undefined when they do not reach back to there
   */
  takeAfter(place: Position): { entries: NumberedEntries; position: Position; bytes: number } | undefined {
    if (place < this.after) return undefined;
    let begin = 0;
    let end = 0;
    let position = place;
    let bytes = 0;
    while (end < this.length && end - begin < TAKEN_AT_ONCE) {
      const last = this.numbers[end] ?? NaN;
      if (last > place) {
        position = last;
        bytes += this.numbers[end + 2] ?? NaN;
      }
      end += HEAD + EACH * (this.numbers[end + 3] ?? NaN);
      if (last <= place) begin = end;
    }
    const entries = {
      numbers: this.numbers.slice(begin, end),
      names: this.names,
      firstName: this.numberOf.size - this.names.length,
    };
    this.numbers.copyWithin(0, end, this.length);
    this.length -= end;
    this.after = position;
    this.names = [];
    if (this.length === 0 && this.numberOf.size > MAX_NAMES) this.numberOf.clear();
    return { entries, position, bytes };
  }

  private add(name: string): number {
    const number = this.numberOf.size;
    this.numberOf.set(name, number);
    this.names.push(name);
    return number;
  }

  private grow(length: number): void {
    const larger = new Float64Array(2 ** Math.ceil(Math.log2(length)));
    larger.set(this.numbers.subarray(0, this.length));
    this.numbers = larger;
  }
}

/** Makes readings of numbers again, in the thread that judges them. */
export class NumberReader {
  private readonly names: string[] = [];

  /** @returns the entries, whose readings are without a latency: no rule looks at it */
  read({ numbers, names, firstName }: NumberedEntries): Generator<Accepted> {
    for (const [index, name] of names.entries()) this.names[firstName + index] = name;
    return this.entries(numbers);
  }

  private *entries(numbers: Float64Array): Generator<Accepted> {
    for (let at = 0; at < numbers.length;) {
      const position = numbers[at] ?? NaN;
      const acceptedMs = numbers[at + 1] ?? NaN;
      const count = numbers[at + 3] ?? NaN;
      at += HEAD;
      const readings = new Array<Reading>(count);
      for (let index = 0; index < count; index += 1, at += EACH) readings[index] = this.reading(numbers, at);
      yield { position, acceptedMs, readings };
    }
  }

  private reading(numbers: Float64Array, at: number): Reading {
    return {
      sensorId: this.nameOf(numbers[at] ?? NaN),
      zone: this.nameOf(numbers[at + 1] ?? NaN),
      value: numbers[at + 2] ?? NaN,
      timestampUs: numbers[at + 3] ?? NaN,
    };
  }

  private nameOf(number: number): string {
    const name = this.names[number];
    if (name === undefined) throw new RangeError(`No sensor or zone has the number ${number}`);
    return name;
  }
}
