import { setTimeout as sleep } from 'node:timers/promises';

import { flux, fluxDateTime, fluxExpression, type FluxParameterLike } from '@influxdata/influxdb-client';

import { type Bucket, BucketParts, partOf } from '../../model/bucket.js';
import type { SystemEvent } from '../../model/system-event.js';
import { compareReadings, type Reading } from '../../model/reading.js';
import type { ReadingColumns } from '../../model/reading-columns.js';
import { formatTimestamp } from '../../model/timestamp.js';
import { queryBucketParts } from './influx-buckets.js';
import { InfluxConnection, type InfluxOptions } from './influx-connection.js';
import { LineWriter, MEASUREMENT, toEventLine } from './influx-lines.js';
import { writeLines } from './influx-write.js';
import { ReadingAssembler } from './reading-assembler.js';
import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import {
  type BucketRange,
  CredentialsRefused,
  type ReadingRange,
  ReadingStore,
  type Refusal,
  type StoreState,
} from '../reading-store.js';
import { StoreStateWatch } from './store-state-watch.js';
import { hoursOf, ShardWriteGate } from './shard-write-gate.js';

/** How often it is asked whether InfluxDB would take a write, in milliseconds. */
const PROBE_EVERY_MS = 1_000;
const PROBE_TIMEOUT_MS = 3_000;

const NOTHING = Buffer.alloc(0);

/** Readings fetched at once where InfluxDB cannot aggregate. */
const PAGE = 10_000;

/** The windows that a page is read in: the first one, how much the next may grow, and the empty one after which to leap. */
const FIRST_WINDOW_US = 60_000_000;
const MAX_GROWTH = 16;
const LEAP_US = 86_400_000_000;

/** The first and last microsecond that a timestamp here can name, so that last() sees all there is. */
const BEGINNING_US = Number.MIN_SAFE_INTEGER;
const END_US = Number.MAX_SAFE_INTEGER;

/**
 * Readings in InfluxDB 2: measurement sensor_predictions, tags sensor_id and zone, fields value and latency_ms.
 * The system log's entries beside them: measurement system_events.
 */
export class InfluxStore extends ReadingStore {
  readonly label = 'InfluxDB';
  readonly damagedFile = undefined;
  readonly concurrentWrites = 4;
  readonly drainAtStartMs = 0;
  /** Another machine may be slow or down: the stop does not wait long, and the rest is in the journal. */
  readonly drainAtStopMs = 1_000;
  readonly copiesEvents = true;
  /** The bucket has a retention period of its own. */
  readonly appliesRetention = false;
  private readonly connection: InfluxConnection;
  private readonly watch = new StoreStateWatch();
  private readonly shardGate = new ShardWriteGate();
  private readonly lines = new LineWriter();
  private probeAbort = new AbortController();
  private closed = false;
  private readonly probing: Promise<void>;

  /** Begins at once to watch whether InfluxDB answers; it need not be there yet. */
  constructor(private readonly options: InfluxOptions) {
    super();
    this.connection = new InfluxConnection(options);
    this.probing = this.keepProbing();
  }

  get state(): StoreState {
    return this.watch.current;
  }

  onStateChange(listener: (change: StoreState) => void): void {
    this.watch.subscribe(listener);
  }

  async write(readings: ReadingColumns, signal: AbortSignal): Promise<Refusal[]> {
    this.failFast(signal);
    const lines = this.lines.write(readings);
    const toLines = (): string[] => lines.toString().split('\n');
    try {
      return await this.writeLines(hoursOf(readings.timesUs), lines, toLines, signal);
    } catch (error) {
      // A failed write is news at once; a failed query may be the query's own fault and waits for the probe.
      if (error instanceof StoreUnavailable && !signal.aborted) this.watch.set(downBecause(error));
      throw error;
    }
  }

  /** A failure here is no news: the state of the store is that of its readings, and its changes make events themselves. */
  async copyEvents(events: readonly SystemEvent[], signal: AbortSignal): Promise<Refusal[]> {
    this.failFast(signal);
    const lines = events.map(toEventLine);
    const hoursUs = hoursOf(events.map(({ timeUs }) => timeUs));
    return this.writeLines(hoursUs, Buffer.from(lines.join('\n')), () => lines, signal);
  }

  async latest(sensorId: string, signal: AbortSignal): Promise<Reading | undefined> {
    this.failFast(signal);
    const readings = await this.query(sensorId, BEGINNING_US, END_US, fluxExpression('last()'), signal);
    return readings.at(-1);
  }

  /**
   * limit() alone reads the whole range (100 ms for each million points, at every page), so a page is read in
   * windows: a short one, then such as would fill the page were readings as frequent as in the last one. A long
   * stretch without readings is leapt over with first(), which InfluxDB answers from its index.
   */
  async readings(
    { sensorId, fromUs, toUs, after, limit }: ReadingRange,
    signal: AbortSignal,
  ): Promise<Reading[]> {
    this.failFast(signal);
    const found: Reading[] = [];
    let startUs = Math.max(fromUs, after?.timestampUs ?? fromUs);
    for (let windowUs = FIRST_WINDOW_US; startUs < toUs && found.length < limit;) {
      const stopUs = Math.min(toUs, startUs + windowUs);
      const missing = limit - found.length;
      // One more than is missing, for the reading at `after` itself.
      const upTo = fluxExpression(`limit(n: ${missing + 1})`);
      const readings = await this.query(sensorId, startUs, stopUs, upTo, signal);
      for (const reading of readings) if (!after || compareReadings(reading, after) > 0) found.push(reading);
      startUs = stopUs;
      if (readings.length > 0 || windowUs < LEAP_US) {
        windowUs = Math.ceil(windowUs * Math.min(MAX_GROWTH, (1.1 * missing) / readings.length));
        continue;
      }
      if (startUs >= toUs) break;
      const [next] = await this.query(sensorId, startUs, toUs, fluxExpression('first()'), signal);
      if (!next) break;
      startUs = next.timestampUs;
      windowUs = FIRST_WINDOW_US;
    }
    return found.slice(0, limit);
  }

  async buckets(range: BucketRange, signal: AbortSignal): Promise<Bucket[]> {
    this.failFast(signal);
    const buckets = new BucketParts();
    if (range.fromUs >= range.toUs) return [];
    const parts = await queryBucketParts(this.connection, this.options.bucket, range, signal);
    if (!parts) {
      await this.addReadings(buckets, range, signal);
      return buckets.buckets();
    }
    const tooLarge = new Set(
      parts.filter(({ mean }) => !Number.isFinite(mean)).map(({ startUs }) => startUs),
    );
    for (const part of parts) if (!tooLarge.has(part.startUs)) buckets.add(part);
    for (const startUs of tooLarge) {
      const fromUs = Math.max(range.fromUs, startUs);
      const toUs = Math.min(range.toUs, startUs + range.everyUs);
      await this.addReadings(buckets, { ...range, fromUs, toUs }, signal);
    }
    return buckets.buckets();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.probeAbort.abort();
    await this.probing;
  }

  /** All that is written here goes this way, whatever it is: it meets in the same shards. */
  private writeLines(
    hoursUs: readonly number[],
    lines: Buffer,
    toLines: () => readonly string[],
    signal: AbortSignal,
  ): Promise<Refusal[]> {
    const send = (part: Buffer): Promise<void> =>
      this.shardGate.write(hoursUs, signal, async (waited) => {
        // The one that was waited for may have found out that InfluxDB is down.
        if (waited) this.failFast(signal);
        try {
          await this.connection.write(part, signal);
        } catch (error) {
          if (error instanceof StoreUnavailable) this.shardGate.forgetAll();
          throw error;
        }
      });
    return writeLines(send, lines, toLines);
  }

  /** While InfluxDB is down nobody waits for it: the probe finds out when it is back. */
  private failFast(signal: AbortSignal): void {
    if (signal.aborted) throw new StoreUnavailable('The call was given up before it began', PROBE_EVERY_MS);
    const { state, reason } = this.state;
    if (state === 'down') throw new StoreUnavailable(reason, PROBE_EVERY_MS);
  }

  /** InfluxDB answers last() from its index; a table of two fields a series is all it sends. */
  async *allLatest(signal: AbortSignal): AsyncIterable<Reading> {
    this.failFast(signal);
    const newest = new Map<string, Reading>();
    for (const reading of await this.query(
      undefined,
      BEGINNING_US,
      END_US,
      fluxExpression('last()'),
      signal,
    )) {
      const known = newest.get(reading.sensorId);
      if (!known || compareReadings(reading, known) > 0) newest.set(reading.sensorId, reading);
    }
    yield* newest.values();
  }

  /** Adds a range's readings one by one, where text among them, or values near 1e308, keep InfluxDB from aggregating. */
  private async addReadings(buckets: BucketParts, range: BucketRange, signal: AbortSignal): Promise<void> {
    for (let after: Reading | undefined; ;) {
      const page = await this.readings({ ...range, after, limit: PAGE }, signal);
      for (const reading of page) buckets.add(partOf(reading, range.everyUs));
      after = page.at(-1);
      if (page.length < PAGE) return;
    }
  }

  /** The readings that remain of a range after `selection`, in order; of one sensor, or of all. */
  private async query(
    sensorId: string | undefined,
    startUs: number,
    stopUs: number,
    selection: FluxParameterLike,
    signal: AbortSignal,
  ): Promise<Reading[]> {
    const sensor = sensorId === undefined ? fluxExpression('true') : flux`r.sensor_id == ${sensorId}`;
    const query = flux`from(bucket: ${this.options.bucket})
      |> range(start: ${fluxDateTime(formatTimestamp(startUs))}, stop: ${fluxDateTime(formatTimestamp(stopUs))})
      |> filter(fn: (r) => r._measurement == ${MEASUREMENT} and ${sensor}
        and (r._field == "value" or r._field == "latency_ms"))
      |> ${selection}`;
    const reader = new ReadingAssembler();
    await this.connection.query(query, signal, (row, columns) => {
      reader.take(row, columns);
    });
    return reader.readings();
  }

  private async probe(): Promise<void> {
    const timeout = setTimeout(() => {
      this.probeAbort.abort();
    }, PROBE_TIMEOUT_MS);
    try {
      await this.connection.write(NOTHING, this.probeAbort.signal);
      this.watch.set({ state: 'up', reason: '' });
    } catch (error) {
      if (!this.closed) this.watch.set(downBecause(error as Error));
    } finally {
      clearTimeout(timeout);
    }
  }

  private async keepProbing(): Promise<void> {
    while (!this.closed) {
      this.probeAbort = new AbortController();
      await this.probe();
      await sleep(PROBE_EVERY_MS, undefined, { signal: this.probeAbort.signal, ref: false }).catch(
        () => undefined,
      );
    }
  }
}

function downBecause(error: Error): StoreState {
  const credentialsRefused = error instanceof CredentialsRefused;
  return { state: 'down', reason: error.message, ...(credentialsRefused && { credentialsRefused }) };
}
