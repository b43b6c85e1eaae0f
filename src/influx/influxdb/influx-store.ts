import { setImmediate } from 'node:timers/promises';

import type { Bucket } from '../../model/bucket.js';
import type { Deletion } from '../../model/deletion.js';
import type { LatencyBucket } from '../../model/latencies.js';
import { compareReadings, type Reading } from '../../model/reading.js';
import type { ReadingColumns } from '../../model/reading-columns.js';
import type { SystemEvent } from '../../model/system-event.js';
import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import {
  type BucketRange,
  type ReadingRange,
  ReadingStore,
  type Refusal,
  type SensorsRange,
  type StoreFinding,
  type StoreState,
} from '../reading-store.js';
import { BucketCheck } from './bucket-check.js';
import { type BucketSurvey, surveyBucket } from './bucket-survey.js';
import { InfluxConnection, type InfluxOptions } from './influx-connection.js';
import { toDeleteBody } from './influx-deletion.js';
import { LineWriter, toEventLine } from './influx-lines.js';
import { InfluxProbe } from './influx-probe.js';
import { InfluxReader } from './influx-reader.js';
import { Influxql } from './influxql.js';
import { querySensorIds } from './influx-sensors.js';
import { StoreFindings } from './store-findings.js';
import { writeLines } from './influx-write.js';
import { hoursOf, ShardWriteGate } from './shard-write-gate.js';

const HOW_TO_MEND =
  'Another program wrote this field with another type into the same shard, the week or less of the bucket that this time is in. Make it write floats (3 or 3.0, not 3i), rewrite this shard as floats as docs/operations.md says under "A bucket that others wrote", and replay';

const UNWRITABLE_NAME =
  'InfluxDB cannot hold a sensor or a zone whose name has a line break or NUL in it, or a backslash at its end';

/** Readings between two pauses of allLatest(): about 2 ms. */
const SLICE_READINGS = 1_000;

/**
 * Readings in InfluxDB 2: measurement sensor_predictions, tags sensor_id and zone, fields value and latency_ms.
 * The entries of the system log beside them: measurement system_events.
 */
export class InfluxStore extends ReadingStore {
  readonly label = 'InfluxDB';
  readonly damagedFile = undefined;
  readonly concurrentWrites = 4;
  /** Measured: larger ones do not make InfluxDB faster. */
  readonly maxReadingsPerWrite = 5_000;
  readonly maxPauseMs = 0;
  readonly drainAtStartMs = 0;
  /** Another machine may be slow or down: the stop does not wait long, and the rest is in the journal. */
  readonly drainAtStopMs = 1_000;
  readonly copiesEvents = true;
  /** The bucket has a retention period of its own. */
  readonly appliesRetention = false;
  readonly removedReadings = 0;
  private readonly connection: InfluxConnection;
  private readonly influxql: Influxql;
  private readonly check: BucketCheck;
  private readonly probe: InfluxProbe;
  private readonly findings = new StoreFindings();
  private readonly reader: InfluxReader;
  private readonly shardGate = new ShardWriteGate();
  private readonly lineWriter = new LineWriter();

  /** Starts to probe at once whether InfluxDB answers; InfluxDB need not be up yet. */
  constructor(private readonly options: InfluxOptions) {
    super();
    this.connection = new InfluxConnection(options);
    this.influxql = new Influxql(this.connection, options);
    this.reader = new InfluxReader(this.connection, options, this.influxql, this.findings);
    this.check = new BucketCheck(this.connection, options.bucket, this.influxql, this.findings);
    this.probe = new InfluxProbe(this.connection, (signal) => this.check.read(signal), options.probes);
  }

  get state(): StoreState {
    return this.probe.state;
  }

  onStateChange(listener: (change: StoreState) => void): void {
    this.probe.subscribe(listener);
  }

  onFinding(listener: (finding: StoreFinding) => void): void {
    this.findings.subscribe(listener);
  }

  async write(readings: ReadingColumns, signal: AbortSignal): Promise<Refusal[]> {
    this.probe.failFast(signal);
    const unwritable: Refusal[] = [];
    const lines = this.lineWriter.write(readings, (index) => {
      unwritable.push({ index, kind: 'syntax', reason: UNWRITABLE_NAME });
    });
    const toLines = (): string[] => lines.toString().split('\n');
    try {
      const refusals = await this.writeLines(hoursOf(readings.timesUs), lines, toLines, signal);
      // Whatever answered, nobody reads them any longer: InfluxDB's client sends a copy.
      this.lineWriter.takeBack(lines);
      return [...unwritable, ...refusals.map(withAdvice)];
    } catch (error) {
      // A failed write changes the state at once. A failed query may be the query's own fault, so it waits for the probe.
      if (error instanceof StoreUnavailable && !signal.aborted) this.probe.reportDown(error);
      throw error;
    }
  }

  async count(deletion: Deletion, signal: AbortSignal): Promise<number> {
    this.probe.failFast(signal);
    return this.reader.count(deletion, signal);
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
    this.probe.failFastToRead(signal);
    return (await this.reader.latest(sensorId, signal)).readings().at(-1);
  }

  async readings(range: ReadingRange, signal: AbortSignal): Promise<Reading[]> {
    this.probe.failFastToRead(signal);
    return this.reader.page(range, signal);
  }

  async buckets(range: BucketRange, signal: AbortSignal): Promise<Bucket[]> {
    this.probe.failFastToRead(signal);
    if (range.fromUs >= range.toUs) return [];
    return this.reader.buckets(range, signal);
  }

  async latencies(range: BucketRange, signal: AbortSignal): Promise<LatencyBucket[]> {
    this.probe.failFastToRead(signal);
    if (range.fromUs >= range.toUs) return [];
    return this.reader.latencies(range, signal);
  }

  async *sensorIds(range: SensorsRange, signal: AbortSignal): AsyncIterable<string> {
    if (range.fromUs >= range.toUs) return;
    this.probe.failFastToRead(signal);
    const { bucket, timeoutMs } = this.options;
    const timed = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    yield* await querySensorIds(this.connection, bucket, range, timed);
  }

  async *allLatest(signal: AbortSignal): AsyncIterable<Reading> {
    this.probe.failFastToRead(signal);
    const newest = new Map<string, Reading>();
    const answer = await this.reader.latest(undefined, signal);
    let count = 0;
    // Requests are answered in between.
    for (const reading of answer.inAnyOrder()) {
      const known = newest.get(reading.sensorId);
      if (!known || compareReadings(reading, known) > 0) newest.set(reading.sensorId, reading);
      if (++count % SLICE_READINGS === 0) await setImmediate();
    }
    for (const reading of newest.values()) {
      yield reading;
      if (++count % SLICE_READINGS === 0) await setImmediate();
    }
  }

  /** What the bucket has, also what is no reading. @throws NoMapping, StoreUnavailable */
  survey(signal: AbortSignal): Promise<BucketSurvey> {
    const { bucket } = this.options;
    return surveyBucket(this.connection, bucket, this.influxql, signal);
  }

  async close(): Promise<void> {
    await this.probe.close();
    await this.check.close();
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
}

/** The type of a field is that of the first point in its shard, whoever wrote it. */
function withAdvice(refusal: Refusal): Refusal {
  return refusal.kind === 'type conflict'
    ? { ...refusal, reason: `${refusal.reason}. ${HOW_TO_MEND}` }
    : refusal;
}
