import { type Bucket, bucketAt, BucketParts, partOf } from '../../model/bucket.js';
import type { Deletion } from '../../model/deletion.js';
import { compareReadings, type Reading } from '../../model/reading.js';
import type { ReadingColumns } from '../../model/reading-columns.js';
import type { SystemEvent } from '../../model/system-event.js';
import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import {
  type BucketRange,
  type EvenBucketRange,
  type ReadingRange,
  ReadingStore,
  type Refusal,
  type SensorsRange,
  type UnevenBucketRange,
  type StoreState,
} from '../reading-store.js';
import { evenRuns } from './even-runs.js';
import { queryBucketParts } from './influx-buckets.js';
import { InfluxConnection, type InfluxOptions } from './influx-connection.js';
import { queryCount, toDeleteBody } from './influx-deletion.js';
import { LineWriter, toEventLine } from './influx-lines.js';
import { InfluxProbe } from './influx-probe.js';
import { queryLatest, queryReadings } from './influx-readings.js';
import { querySensorIds } from './influx-sensors.js';
import { writeLines } from './influx-write.js';
import { hoursOf, ShardWriteGate } from './shard-write-gate.js';

/** Readings of one page where InfluxDB cannot aggregate. */
const PAGE_READINGS = 10_000;

/** The runs of about four years in a zone whose clock is changed. */
const FEW_RUNS = 20;
const YEAR_US = 365 * 86_400_000_000;

/**
 * Readings in InfluxDB 2: measurement sensor_predictions, tags sensor_id and zone, fields value and latency_ms.
 * The entries of the system log beside them: measurement system_events.
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
  readonly removedReadings = 0;
  private readonly connection: InfluxConnection;
  private readonly probe: InfluxProbe;
  private readonly shardGate = new ShardWriteGate();
  private readonly lineWriter = new LineWriter();

  /** Starts to probe at once whether InfluxDB answers; InfluxDB need not be up yet. */
  constructor(private readonly options: InfluxOptions) {
    super();
    this.connection = new InfluxConnection(options);
    this.probe = new InfluxProbe(this.connection, options.probes);
  }

  get state(): StoreState {
    return this.probe.state;
  }

  onStateChange(listener: (change: StoreState) => void): void {
    this.probe.subscribe(listener);
  }

  async write(readings: ReadingColumns, signal: AbortSignal): Promise<Refusal[]> {
    this.probe.failFast(signal);
    const lines = this.lineWriter.write(readings);
    const toLines = (): string[] => lines.toString().split('\n');
    try {
      return await this.writeLines(hoursOf(readings.timesUs), lines, toLines, signal);
    } catch (error) {
      // A failed write changes the state at once. A failed query may be the query's own fault, so it waits for the probe.
      if (error instanceof StoreUnavailable && !signal.aborted) this.probe.reportDown(error);
      throw error;
    }
  }

  async count(deletion: Deletion, signal: AbortSignal): Promise<number> {
    this.probe.failFast(signal);
    return queryCount(this.connection, this.options.bucket, deletion, signal);
  }

  async delete(deletion: Deletion, signal: AbortSignal): Promise<void> {
    this.probe.failFast(signal);
    await this.connection.delete(toDeleteBody(deletion), signal);
  }

  /** A failure here does not change the state, which is about readings; changes of the state make events themselves. */
  async copyEvents(events: readonly SystemEvent[], signal: AbortSignal): Promise<Refusal[]> {
    this.probe.failFast(signal);
    const lines = events.map(toEventLine);
    const hoursUs = hoursOf(events.map(({ timeUs }) => timeUs));
    return this.writeLines(hoursUs, Buffer.from(lines.join('\n')), () => lines, signal);
  }

  async latest(sensorId: string, signal: AbortSignal): Promise<Reading | undefined> {
    this.probe.failFast(signal);
    const readings = await queryLatest(this.connection, this.options.bucket, sensorId, signal);
    return readings.at(-1);
  }

  async readings(range: ReadingRange, signal: AbortSignal): Promise<Reading[]> {
    this.probe.failFast(signal);
    return queryReadings(this.connection, this.options.bucket, range, signal);
  }

  async buckets(range: BucketRange, signal: AbortSignal): Promise<Bucket[]> {
    this.probe.failFast(signal);
    const buckets = new BucketParts();
    if (range.fromUs >= range.toUs) return [];
    const runs = 'everyUs' in range ? [range] : await this.runsWithReadings(range, signal);
    for (const run of runs) await this.addBuckets(buckets, run, range, signal);
    return buckets.buckets();
  }

  async *sensorIds(range: SensorsRange, signal: AbortSignal): AsyncIterable<string> {
    if (range.fromUs >= range.toUs) return;
    this.probe.failFast(signal);
    const { bucket, timeoutMs } = this.options;
    const timed = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    yield* await querySensorIds(this.connection, bucket, range, timed);
  }

  async *allLatest(signal: AbortSignal): AsyncIterable<Reading> {
    this.probe.failFast(signal);
    const newest = new Map<string, Reading>();
    for (const reading of await queryLatest(this.connection, this.options.bucket, undefined, signal)) {
      const known = newest.get(reading.sensorId);
      if (!known || compareReadings(reading, known) > 0) newest.set(reading.sensorId, reading);
    }
    yield* newest.values();
  }

  async close(): Promise<void> {
    await this.probe.close();
  }

  /** Readings and events both pass the gate, because both go into the same shards. */
  private writeLines(
    hoursUs: readonly number[],
    lines: Buffer,
    toLines: () => readonly string[],
    signal: AbortSignal,
  ): Promise<Refusal[]> {
    const send = (part: Buffer): Promise<void> =>
      this.shardGate.write(hoursUs, signal, async (waited) => {
        // The write that this one waited for may have found InfluxDB down.
        if (waited) this.probe.failFast(signal);
        try {
          await this.connection.write(part, signal);
        } catch (error) {
          if (error instanceof StoreUnavailable) this.shardGate.forgetAll();
          throw error;
        }
      });
    return writeLines(send, lines, toLines);
  }

  /** Centuries have thousands of runs, a query each, so those of years without readings are left out. */
  private async runsWithReadings(
    range: UnevenBucketRange,
    signal: AbortSignal,
  ): Promise<readonly EvenBucketRange[]> {
    const runs = [...evenRuns(range)];
    if (runs.length <= FEW_RUNS) return runs;
    const { sensorId, fromUs, toUs } = range;
    const years = await this.buckets({ sensorId, fromUs, toUs, everyUs: YEAR_US }, signal);
    return runs.filter((run) =>
      years.some(({ startUs }) => startUs < run.toUs && startUs + YEAR_US > run.fromUs),
    );
  }

  /** @param run windows that InfluxDB aggregates, of which each lies in one of the buckets of `range` */
  private async addBuckets(
    buckets: BucketParts,
    run: EvenBucketRange,
    range: BucketRange,
    signal: AbortSignal,
  ): Promise<void> {
    const windows = await queryBucketParts(this.connection, this.options.bucket, run, signal);
    if (!windows) {
      await this.addReadings(buckets, { ...range, fromUs: run.fromUs, toUs: run.toUs }, signal);
      return;
    }
    const tooLarge = new Set(
      windows.filter(({ mean }) => !Number.isFinite(mean)).map(({ startUs }) => startUs),
    );
    for (const window of windows)
      if (!tooLarge.has(window.startUs))
        buckets.add({ ...window, startUs: bucketAt(window.startUs, range).startUs });
    for (const startUs of tooLarge) {
      const fromUs = Math.max(run.fromUs, startUs);
      const toUs = Math.min(run.toUs, startUs + run.everyUs);
      await this.addReadings(buckets, { ...range, fromUs, toUs }, signal);
    }
  }

  /** Adds the readings of a range one by one, where text values, or values near 1e308, keep InfluxDB from aggregating. */
  private async addReadings(buckets: BucketParts, range: BucketRange, signal: AbortSignal): Promise<void> {
    for (let after: Reading | undefined; ;) {
      const page = await this.readings({ ...range, after, limit: PAGE_READINGS }, signal);
      for (const reading of page) buckets.add(partOf(reading, range));
      after = page.at(-1);
      if (page.length < PAGE_READINGS) return;
    }
  }
}
