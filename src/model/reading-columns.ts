import type { Reading } from './reading.js';

const MIN_CAPACITY = 16;

/**
 * Readings column by column, in the order in which they were pushed. Their numbers lie outside of V8's heap, so they can
 * wait by the ten thousand without a cost to garbage collection.
 */
export class ReadingColumns implements Iterable<Reading> {
  private readonly sensorIds: string[] = [];
  private readonly zones: string[] = [];
  private values: Float64Array<ArrayBuffer>;
  /** NaN where there is none. */
  private latencies: Float64Array<ArrayBuffer>;
  private times: Float64Array<ArrayBuffer>;

  /** @param expected how many readings there will be: with more of them it grows */
  constructor(expected = 0) {
    const capacity = Math.max(MIN_CAPACITY, expected);
    this.values = new Float64Array(capacity);
    this.latencies = new Float64Array(capacity);
    this.times = new Float64Array(capacity);
  }

  static of(readings: Iterable<Reading>): ReadingColumns {
    const columns = new ReadingColumns();
    for (const reading of readings) columns.push(reading);
    return columns;
  }

  get length(): number {
    return this.sensorIds.length;
  }

  push({ sensorId, zone, value, latencyMs, timestampUs }: Reading): void {
    const at = this.length;
    if (at === this.values.length) this.grow();
    this.sensorIds.push(sensorId);
    this.zones.push(zone);
    this.values[at] = value;
    this.latencies[at] = latencyMs ?? NaN;
    this.times[at] = timestampUs;
  }

  /** @throws RangeError, as all that are asked for a place, when there is none */
  at(place: number): Reading {
    const sensorId = this.sensorIdAt(place);
    const zone = this.zoneAt(place);
    const value = this.valueAt(place);
    const latencyMs = this.latencyMsAt(place);
    const timestampUs = this.timestampUsAt(place);
    return latencyMs === undefined
      ? { sensorId, zone, value, timestampUs }
      : { sensorId, zone, value, latencyMs, timestampUs };
  }

  sensorIdAt(place: number): string {
    return this.sensorIds[place] ?? this.fail(place);
  }

  zoneAt(place: number): string {
    return this.zones[place] ?? this.fail(place);
  }

  valueAt(place: number): number {
    return this.values[place] ?? this.fail(place);
  }

  latencyMsAt(place: number): number | undefined {
    const latencyMs = this.latencies[place] ?? this.fail(place);
    return Number.isNaN(latencyMs) ? undefined : latencyMs;
  }

  timestampUsAt(place: number): number {
    return this.times[place] ?? this.fail(place);
  }

  *[Symbol.iterator](): Generator<Reading> {
    for (let place = 0; place < this.length; place += 1) yield this.at(place);
  }

  /** All times, in microseconds since the Unix epoch. */
  get timesUs(): Float64Array {
    return this.times.subarray(0, this.length);
  }

  private fail(place: number): never {
    throw new RangeError(`There is no place ${place} among ${this.length} readings`);
  }

  private grow(): void {
    this.values = doubled(this.values);
    this.latencies = doubled(this.latencies);
    this.times = doubled(this.times);
  }
}

function doubled(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}
