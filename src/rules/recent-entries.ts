import type { AcceptedEntry, Position } from '../journal/journal-entry.js';
import type { Deletion } from '../model/deletion.js';
import type { Reading } from '../model/reading.js';
import type { Stamps } from '../model/stamp.js';
import type { Accepted } from './evaluator.js';

/** Numbers that are kept at most, 4 MiB. A reader that is further behind reads the journal. */
const MAX_NUMBERS = 1 << 19;
/** Numbers that are taken at once, about 16,000 readings: changes of the rules come in between. */
const BATCH_NUMBERS = 1 << 16;
/** Readings that a reader may be behind, so that what is accepted from then on is buffered again. */
const NEAR = 1 << 16;
/** Names that are known by number at most. Beyond this the numbering starts over. */
const MAX_NAMES = 200_000;

/**
 * Numbers before the readings of an entry: its position, when it was accepted, its bytes in the journal, its readings, its
 * marks, and when it was accepted by the monotonic clock.
 */
const HEADER = 6;
/** Numbers of a reading: the number of its sensor, the number of its zone, its value and its timestamp. */
const PER_READING = 4;

/** The marks of an entry are the residue of the gateway's clock, times four, plus who made the timestamps of all readings... */
const MARKS = 4;
/** ...or this, when they differ: then each reading's own follows behind the readings. */
const MIXED = 3;
const NO_RESIDUE = 64;

/** Entries as numbers. A thread turns them into readings in a fraction of the time that reading the journal takes. */
export interface PackedEntries {
  readonly numbers: Float64Array;
  /** The run of the gateway that accepted them. */
  readonly run: number;
  /** The names of sensors and zones that are new here, and the number of the first of them. */
  readonly names: readonly string[];
  readonly firstName: number;
  /** The deletions among them. */
  readonly deletions: readonly PlacedDeletion[];
}

/** A deletion, and the position of its entry. */
interface PlacedDeletion {
  readonly position: Position;
  readonly deletion: Deletion;
}

/** Buffers the entries accepted last, for rules that keep up with them. For a reader that is far behind, it buffers none. */
export class RecentEntries {
  private numbers = new Float64Array(1 << 12);
  private length = 0;
  private readonly numberOf = new Map<string, number>();
  private names: string[] = [];
  private deletions: PlacedDeletion[] = [];
  /** The last position of push(). */
  private newest: Position;
  private isPaused = false;

  /**
   * @param after push() gets every entry that follows this position
   * @param run the present run of the gateway, which accepts them
   */
  constructor(
    private after: Position,
    private readonly run: number,
  ) {
    this.newest = after;
  }

  /** Adds an entry. Replayed dead letters add only their position: they were judged when they were accepted. */
  push({ position, bytes, entry }: AcceptedEntry): void {
    this.newest = position;
    if (this.isPaused) return;
    const { acceptedMs, residue = NO_RESIDUE, steady } = entry;
    const readings = entry.replayed ? [] : entry.readings;
    const stamps = (entry.replayed ? undefined : entry.stamps) ?? '0';
    const isMixed = stamps.length > 1;
    const length = this.length + sizeOf(readings.length, isMixed);
    if (length > MAX_NUMBERS) {
      this.length = 0;
      this.deletions = [];
      this.isPaused = true;
      return;
    }
    if (entry.deletion) this.deletions.push({ position, deletion: entry.deletion });
    if (length > this.numbers.length) this.grow(length);
    const { numbers } = this;
    let at = this.length;
    numbers[at++] = position;
    numbers[at++] = acceptedMs;
    numbers[at++] = bytes;
    numbers[at++] = readings.length;
    numbers[at++] = residue * MARKS + (isMixed ? MIXED : Number(stamps));
    numbers[at++] = steady?.ms ?? NaN;
    for (const { sensorId, zone, value, timestampUs } of readings) {
      numbers[at++] = this.numberOf.get(sensorId) ?? this.add(sensorId);
      numbers[at++] = this.numberOf.get(zone) ?? this.add(zone);
      numbers[at++] = value;
      numbers[at++] = timestampUs;
    }
    if (isMixed) for (const stamp of stamps) numbers[at++] = Number(stamp);
    this.length = length;
  }

  /**
   * Takes the entries that follow a position out of the buffer, oldest first, one batch at most.
   * @returns the entries, where they end, and their bytes in the journal; undefined when the buffer does not reach back
   * to that position
   */
  takeAfter(after: Position): { entries: PackedEntries; position: Position; bytes: number } | undefined {
    if (this.isPaused && this.newest - after <= NEAR) {
      this.isPaused = false;
      this.after = this.newest;
    }
    if (this.isPaused || after < this.after) return undefined;
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
      end += sizeOf(this.numbers[end + 3] ?? NaN, (this.numbers[end + 4] ?? NaN) % MARKS === MIXED);
      if (last <= after) begin = end;
    }
    const entries = {
      numbers: this.numbers.slice(begin, end),
      run: this.run,
      names: this.names,
      firstName: this.numberOf.size - this.names.length,
      deletions: this.deletions.filter((one) => one.position > after && one.position <= position),
    };
    this.deletions = this.deletions.filter((one) => one.position > position);
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
  read({ numbers, run, names, firstName, deletions }: PackedEntries): Generator<Accepted> {
    for (const [index, name] of names.entries()) this.names[firstName + index] = name;
    return this.entries(
      numbers,
      run,
      new Map(deletions.map(({ position, deletion }) => [position, deletion])),
    );
  }

  private *entries(
    numbers: Float64Array,
    run: number,
    deletions: ReadonlyMap<Position, Deletion>,
  ): Generator<Accepted> {
    for (let at = 0; at < numbers.length;) {
      const position = numbers[at] ?? NaN;
      const acceptedMs = numbers[at + 1] ?? NaN;
      const count = numbers[at + 3] ?? NaN;
      const marks = numbers[at + 4] ?? NaN;
      const ms = numbers[at + 5] ?? NaN;
      at += HEADER;
      const readings = new Array<Reading>(count);
      for (let index = 0; index < count; index += 1, at += PER_READING)
        readings[index] = this.reading(numbers, at);
      const isMixed = marks % MARKS === MIXED;
      const stamps = isMixed ? numbers.subarray(at, at + count).join('') : ALL_ALIKE[marks % MARKS];
      if (isMixed) at += count;
      const residue = marks < NO_RESIDUE * MARKS ? Math.floor(marks / MARKS) : undefined;
      const steady = Number.isNaN(ms) ? undefined : { run, ms };
      const deletion = deletions.get(position);
      yield { position, acceptedMs, readings, stamps, residue, steady, ...(deletion && { deletion }) };
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

/** The stamps of an entry whose readings all have the same. */
const ALL_ALIKE: readonly Stamps[] = [undefined, '1', '2'];

function sizeOf(readings: number, isMixed: boolean): number {
  return HEADER + (isMixed ? PER_READING + 1 : PER_READING) * readings;
}
