import type { AcceptedEntry, Position } from '../journal/journal-entry.js';
import type { Reading } from '../model/reading.js';
import type { Accepted } from './evaluator.js';

/** Numbers that are kept at most, 4 MiB. A reader that is further behind reads the journal. */
const MAX_NUMBERS = 1 << 19;
/** Numbers that are taken at once, about 16,000 readings: changes of the rules come in between. */
const BATCH_NUMBERS = 1 << 16;
/** Names that are known by number at most. Beyond this the numbering starts over. */
const MAX_NAMES = 200_000;

/** Numbers before the readings of an entry: its position, when it was accepted, its bytes in the journal, its readings. */
const HEADER = 4;
/** Numbers of a reading: the number of its sensor, the number of its zone, its value and its timestamp. */
const PER_READING = 4;

/** Entries as numbers. A thread turns them into readings in a fraction of the time that reading the journal takes. */
export interface PackedEntries {
  readonly numbers: Float64Array;
  /** The names of sensors and zones that are new here, and the number of the first of them. */
  readonly names: readonly string[];
  readonly firstName: number;
}

/** Buffers the entries accepted last, for rules that keep up with them. */
export class RecentEntries {
  private numbers = new Float64Array(1 << 12);
  private length = 0;
  private readonly numberOf = new Map<string, number>();
  private names: string[] = [];

  /** @param after push() gets every entry that follows this position */
  constructor(private after: Position) {}

  /** Adds an entry. Replayed dead letters add only their position: they were judged when they were accepted. */
  push({ position, bytes, entry: { acceptedMs, readings, replayed } }: AcceptedEntry): void {
    const judged = replayed ? [] : readings;
    const length = this.length + HEADER + PER_READING * judged.length;
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
    numbers[at++] = judged.length;
    for (const { sensorId, zone, value, timestampUs } of judged) {
      numbers[at++] = this.numberOf.get(sensorId) ?? this.add(sensorId);
      numbers[at++] = this.numberOf.get(zone) ?? this.add(zone);
      numbers[at++] = value;
      numbers[at++] = timestampUs;
    }
    this.length = length;
  }

  /**
   * Takes the entries that follow a position out of the buffer, oldest first, one batch at most.
   * @returns the entries, where they end, and their bytes in the journal; undefined when the buffer does not reach back
   * to that position
   */
  takeAfter(after: Position): { entries: PackedEntries; position: Position; bytes: number } | undefined {
    if (after < this.after) return undefined;
    let begin = 0;
    let end = 0;
    let position = after;
    let bytes = 0;
    while (end < this.length && end - begin < BATCH_NUMBERS) {
      const last = this.numbers[end] ?? NaN;
      if (last > after) {
        position = last;
        bytes += this.numbers[end + 2] ?? NaN;
      }
      end += HEADER + PER_READING * (this.numbers[end + 3] ?? NaN);
      if (last <= after) begin = end;
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

/** Turns numbers back into readings, in the thread that judges them. */
export class PackedEntryReader {
  private readonly names: string[] = [];

  /** @returns the entries; their readings have no latency, because no rule needs it */
  read({ numbers, names, firstName }: PackedEntries): Generator<Accepted> {
    for (const [index, name] of names.entries()) this.names[firstName + index] = name;
    return this.entries(numbers);
  }

  private *entries(numbers: Float64Array): Generator<Accepted> {
    for (let at = 0; at < numbers.length;) {
      const position = numbers[at] ?? NaN;
      const acceptedMs = numbers[at + 1] ?? NaN;
      const count = numbers[at + 3] ?? NaN;
      at += HEADER;
      const readings = new Array<Reading>(count);
      for (let index = 0; index < count; index += 1, at += PER_READING)
        readings[index] = this.reading(numbers, at);
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
