import { type Bucket, bucketAt, BucketParts, partOf } from '../../model/bucket.js';
import type { Deletion } from '../../model/deletion.js';
import { Latencies, type LatencyBucket } from '../../model/latencies.js';
import type { Reading } from '../../model/reading.js';
import type { BucketRange, EvenBucketRange, ReadingRange, UnevenBucketRange } from '../reading-store.js';
import { equalRuns, evenRuns } from './even-runs.js';
import { FieldTypes } from './field-types.js';
import { queryBucketParts } from './influx-buckets.js';
import type { InfluxConnection, InfluxOptions } from './influx-connection.js';
import { COUNT_WINDOW_US, queryCounts } from './influx-count.js';
import { queryLatencies } from './influx-latencies.js';
import { ALL_TIME, queryLatest, querySome, readPage } from './influx-readings.js';
import type { Influxql } from './influxql.js';
import type { ReadingAssembler } from './reading-assembler.js';
import type { StoreFindings } from './store-findings.js';
import { queryMixedCounts, queryMixedLatest, queryMixedParts, queryMixedSome } from './mixed-types.js';
import { spansOf } from './window-spans.js';

/** Readings of one page where InfluxDB cannot aggregate. */
const PAGE_READINGS = 10_000;

/** The runs of about four years in a zone whose clock is changed. */
const FEW_RUNS = 20;
const YEAR_US = 365 * 86_400_000_000;

/**
 * Reads readings: in Flux, or, while a field has another type in some shards, in InfluxQL, because Flux would leave out
 * readings then.
 */
export class InfluxReader {
  private readonly types: FieldTypes;

  constructor(
    private readonly connection: InfluxConnection,
    private readonly options: InfluxOptions,
    private readonly influxql: Influxql,
    findings: StoreFindings,
  ) {
    this.types = new FieldTypes(influxql, options.timeoutMs, findings);
  }

  /** The newest readings of a sensor, one for each of its zones; of all sensors when none is named. @throws StoreUnavailable */
  latest(sensorId: string | undefined, signal: AbortSignal): Promise<ReadingAssembler> {
    const selection = { sensorId, ...ALL_TIME };
    return this.read(
      () => queryLatest(this.connection, this.options.bucket, selection, signal),
      () => queryMixedLatest(this.influxql, selection, signal),
    );
  }

  /** A page of a sensor's readings. @throws StoreUnavailable */
  page(range: ReadingRange, signal: AbortSignal): Promise<Reading[]> {
    return this.read(
      () =>
        readPage(
          (selection, some) => querySome(this.connection, this.options.bucket, selection, some, signal),
          range,
        ),
      () => readPage((selection, some) => queryMixedSome(this.influxql, selection, some, signal), range),
    );
  }

  /** How many readings a deletion finds, as a page would show them. @throws StoreUnavailable */
  async count(deletion: Deletion, signal: AbortSignal): Promise<number> {
    const counts = await this.read(
      () => queryCounts(this.connection, this.options.bucket, deletion, signal),
      () => queryMixedCounts(this.influxql, deletion, signal),
    );
    let count = counts.clear;
    for (const span of spansOf(counts.unclear, { ...deletion, everyUs: COUNT_WINDOW_US }))
      for await (const page of this.pages({ ...deletion, ...span }, signal)) count += page.length;
    return count;
  }

  /** A range in buckets. @throws StoreUnavailable */
  async buckets(range: BucketRange, signal: AbortSignal): Promise<Bucket[]> {
    const buckets = new BucketParts();
    const runs = 'everyUs' in range ? [range] : await this.withReadings([...evenRuns(range)], range, signal);
    for (const run of runs) await this.addBuckets(buckets, run, range, signal);
    return buckets.buckets();
  }

  /** The latencies of a range in buckets. @throws StoreUnavailable */
  async latencies(range: BucketRange, signal: AbortSignal): Promise<LatencyBucket[]> {
    const buckets: LatencyBucket[] = [];
    const runs = 'everyUs' in range ? [range] : await this.withReadings([...equalRuns(range)], range, signal);
    for (const run of runs) {
      const { buckets: found, unclear } = await queryLatencies(this.influxql, run, signal);
      buckets.push(...found);
      for (const span of spansOf(unclear, run))
        for await (const bucket of this.latenciesOneByOne({ ...run, ...span }, signal)) buckets.push(bucket);
    }
    return buckets.sort((a, b) => a.startUs - b.startUs);
  }

  /** Reads the latencies of each reading. */
  private async *latenciesOneByOne(
    range: EvenBucketRange,
    signal: AbortSignal,
  ): AsyncGenerator<LatencyBucket> {
    let startUs = NaN;
    let latencies = new Latencies();
    for await (const page of this.pages(range, signal))
      for (const { timestampUs, latencyMs } of page) {
        const bucket = bucketAt(timestampUs, range);
        if (bucket.startUs !== startUs) {
          const done = latencies.bucket(startUs);
          if (done) yield done;
          latencies = new Latencies();
          ({ startUs } = bucket);
        }
        if (latencyMs !== undefined) latencies.add(latencyMs);
      }
    const last = latencies.bucket(startUs);
    if (last) yield last;
  }

  /** Centuries have thousands of runs, a query each, so those of years without readings are left out. */
  private async withReadings(
    runs: readonly EvenBucketRange[],
    range: UnevenBucketRange,
    signal: AbortSignal,
  ): Promise<readonly EvenBucketRange[]> {
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
    const found = await this.read(
      () => queryBucketParts(this.connection, this.options.bucket, run, signal),
      () => queryMixedParts(this.influxql, run, signal),
    );
    if (!found) {
      await this.addReadings(buckets, { ...range, fromUs: run.fromUs, toUs: run.toUs }, signal);
      return;
    }
    const { parts, unclear } = found;
    for (const part of parts)
      if (!unclear.has(part.startUs))
        buckets.add({ ...part, startUs: bucketAt(part.startUs, range).startUs });
    for (const { fromUs, toUs } of spansOf(unclear, run))
      await this.addReadings(buckets, { ...range, fromUs, toUs }, signal);
  }

  /** Adds the readings of a range one by one, where InfluxDB cannot aggregate them. */
  private async addReadings(buckets: BucketParts, range: BucketRange, signal: AbortSignal): Promise<void> {
    for await (const page of this.pages(range, signal))
      for (const reading of page) buckets.add(partOf(reading, range));
  }

  private async *pages(
    range: Omit<ReadingRange, 'after' | 'limit'>,
    signal: AbortSignal,
  ): AsyncGenerator<Reading[]> {
    for (let after: Reading | undefined; ;) {
      const page = await this.page({ ...range, after, limit: PAGE_READINGS }, signal);
      yield page;
      after = page.at(-1);
      if (page.length < PAGE_READINGS) return;
    }
  }

  /**
   * Asks in the way that the types of fields allow. They are asked for beside the query, so that a bucket whose fields have one
   * type, as nearly all have, does not answer later.
   */
  private async read<T>(uniform: () => Promise<T>, mixed: () => Promise<T>): Promise<T> {
    if (this.types.wereMixed) return (await this.types.areMixed()) ? mixed() : uniform();
    const [answer, areMixed] = await Promise.allSettled([uniform(), this.types.areMixed()]);
    if (areMixed.status === 'rejected') throw areMixed.reason;
    if (areMixed.value) return mixed();
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  }
}
