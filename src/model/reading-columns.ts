import type { Reading } from './reading.js';

const MIN_CAPACITY = 16;

/**
 * Readings, stored column by column in the order of push(). Their numbers are outside of V8's heap, so tens of thousands can
 * wait without a cost to garbage collection.
 */
export class ReadingColumns implements Iterable<Reading> {
  /** Both are filled up to `count`, like the other columns. */
  private readonly sensorIds: string[];
  private readonly zones: string[];
  private count = 0;
  private values: Float64Array<ArrayBuffer>;
  /** NaN for an absent latency. */
  private latencies: Float64Array<ArrayBuffer>;
  private times: Float64Array<ArrayBuffer>;

  /** @param expected the expected number of readings; with more of them the columns grow */
  constructor(expected = 0) {
    const capacity = Math.max(MIN_CAPACITY, expected);
    this.sensorIds = new Array<string>(capacity);
    this.zones = new Array<string>(capacity);
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
    return this.count;
  }

  push({ sensorId, zone, value, latencyMs, timestampUs }: Reading): void {
    const index = this.count;
    if (index === this.values.length) this.grow();
    this.count = index + 1;
    this.sensorIds[index] = sensorId;
    this.zones[index] = zone;
    this.values[index] = value;
    this.latencies[index] = latencyMs ?? NaN;
    this.times[index] = timestampUs;
  }

  /** The same as push() for each of them, in half the time. */
  pushAll(readings: readonly Reading[]): void {
    let index = this.count;
    while (index + readings.length > this.values.length) this.grow();
    const { sensorIds, zones, values, latencies, times } = this;
    for (const { sensorId, zone, value, latencyMs, timestampUs } of readings) {
      sensorIds[index] = sensorId;
      zones[index] = zone;
      values[index] = value;
      latencies[index] = latencyMs ?? NaN;
      times[index] = timestampUs;
      index += 1;
    }
    this.count = index;
  }

  /** @throws RangeError when there is no such index, like all methods below */
  at(index: number): Reading {
    const sensorId = this.sensorIdAt(index);
    const zone = this.zoneAt(index);
    const value = this.valueAt(index);
    const latencyMs = this.latencyMsAt(index);
    const timestampUs = this.timestampUsAt(index);
    return latencyMs === undefined
      ? { sensorId, zone, value, timestampUs }
      : { sensorId, zone, value, latencyMs, timestampUs };
  }

  sensorIdAt(index: number): string {
    return this.sensorIds[index] ?? this.fail(index);
  }

  zoneAt(index: number): string {
    return this.zones[index] ?? this.fail(index);
  }

  valueAt(index: number): number {
    return this.values[index] ?? this.fail(index);
  }

  latencyMsAt(index: number): number | undefined {
    const latencyMs = this.latencies[index] ?? this.fail(index);
    return Number.isNaN(latencyMs) ? undefined : latencyMs;
  }

  timestampUsAt(index: number): number {
    return this.times[index] ?? this.fail(index);
  }

  *[Symbol.iterator](): Generator<Reading> {
    for (let index = 0; index < this.length; index += 1) yield this.at(index);
  }

  /** All times, in microseconds since the Unix epoch. */
  get timesUs(): Float64Array {
    return this.times.subarray(0, this.length);
  }

  private fail(index: number): never {
    throw new RangeError(`There is no index ${index} among ${this.length} readings`);
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
