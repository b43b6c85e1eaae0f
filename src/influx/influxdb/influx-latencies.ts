import { bucketStart } from '../../model/bucket.js';
import { Latencies, type LatencyBucket } from '../../model/latencies.js';
import { parseTimestamp } from '../../model/timestamp.js';
import type { EvenBucketRange } from '../reading-store.js';
import { MAX_WINDOW_US, windowsOf } from './influx-buckets.js';
import type { Influxql } from './influxql.js';
import { fromSelection } from './selection.js';
import { spansBeside, spansOf } from './window-spans.js';

/**
 * InfluxDB sorts so many latencies of one bucket at most, at about 90 bytes each (2.9.1). More are sent to the gateway, which counts
 * them as they arrive, a million in about two seconds.
 */
const MAX_SORTED = 1_000_000;

/** What a latency must have beside it to be of a reading. */
const OF_READING = `zone != '' AND (value::float >= 0 OR value::float < 0)`;

/** Buckets of latencies, and those that must be computed reading by reading instead. */
export interface FoundLatencies {
  readonly buckets: readonly LatencyBucket[];
  /** When they begin. */
  readonly unclear: ReadonlySet<number>;
}

/** What there is in the buckets of a range. */
class Survey {
  private readonly latencies = new Map<number, number>();
  private readonly zones = new Map<number, Set<string>>();
  /** Where several series of one zone have readings, because readings at one time are one. */
  readonly unclear = new Set<number>();

  add(startUs: number, zone: string, count: number): void {
    const zones = this.zones.get(startUs) ?? new Set();
    if (zones.has(zone)) this.unclear.add(startUs);
    this.zones.set(startUs, zones.add(zone));
    this.latencies.set(startUs, (this.latencies.get(startUs) ?? 0) + count);
  }

  get isEmpty(): boolean {
    return [...this.latencies.values()].every((count) => count === 0);
  }

  /** The other buckets with too many latencies to be sorted. */
  get large(): number[] {
    const large = [...this.latencies].filter(([, count]) => count > MAX_SORTED);
    return large.map(([startUs]) => startUs).filter((startUs) => !this.unclear.has(startUs));
  }
}

/**
 * The latencies of a range in buckets of one length, in whatever type each shard has its fields. Percentiles are those of InfluxQL,
 * which needs a fifth of the time of quantile() in Flux (2.9.1).
 * @throws StoreUnavailable
 */
export async function queryLatencies(
  influxql: Influxql,
  range: EvenBucketRange,
  signal: AbortSignal,
): Promise<FoundLatencies> {
  const survey = new Survey();
  await ask(influxql, range, signal, {
    fields: ['count(latency_ms::float)', 'count(value::float)'],
    bySeries: true,
    take: (startUs, [latencies = 0, values = 0], zone) => {
      if (zone !== '' && values > 0) survey.add(startUs, zone, latencies);
    },
  });
  const { unclear, large } = survey;
  if (survey.isEmpty) return { buckets: [], unclear: new Set() };
  const buckets: LatencyBucket[] = [];
  for (const span of spansBeside(new Set([...unclear, ...large]), range))
    await ask(influxql, { ...range, ...span }, signal, {
      fields: ['count', 'percentile 50', 'percentile 95'].map(toCall),
      take: (startUs, [count = 0, p50Ms = NaN, p95Ms = NaN]) => {
        if (count > 0) buckets.push({ startUs, count, p50Ms, p95Ms });
      },
    });
  for (const startUs of large) {
    const latencies = await queryOne(influxql, startUs, range, signal);
    buckets.push(...[latencies.bucket(startUs)].filter((bucket) => bucket !== undefined));
  }
  return { buckets, unclear };
}

function toCall(text: string): string {
  const [name, ...percent] = text.split(' ');
  return `${name}(${['latency_ms::float', ...percent].join(', ')})`;
}

/** All latencies of one bucket. */
async function queryOne(
  influxql: Influxql,
  startUs: number,
  range: EvenBucketRange,
  signal: AbortSignal,
): Promise<Latencies> {
  const latencies = new Latencies();
  for (const span of spansOf(new Set([startUs]), range)) {
    const from = fromSelection({ sensorId: range.sensorId, ...span });
    const statement = `SELECT value::float, latency_ms::float ${from} AND zone != ''`;
    await influxql.ask(statement, signal, ({ values = [] }) => {
      for (const [, value, latencyMs] of values)
        if (typeof latencyMs === 'number' && value !== null) latencies.add(latencyMs);
    });
  }
  return latencies;
}

interface Question {
  readonly fields: readonly string[];
  /** Whether each series is told apart; else only latencies of readings count, of all zones together. */
  readonly bySeries?: boolean;
  /** Receives the numbers of each bucket. */
  readonly take: (startUs: number, numbers: readonly number[], zone: string) => void;
}

async function ask(
  influxql: Influxql,
  range: EvenBucketRange,
  signal: AbortSignal,
  { fields, bySeries = false, take }: Question,
): Promise<void> {
  const { everyUs, offsetUs = 0 } = range;
  // Longer windows could end after the last year that InfluxDB can name, so these are asked for one by one.
  const isGrouped = everyUs <= MAX_WINDOW_US;
  const groups = [...(isGrouped ? [`time(${everyUs}u, ${offsetUs}u)`] : []), ...(bySeries ? ['*'] : [])];
  const end = groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}${isGrouped ? ' fill(none)' : ''}`;
  for (const { sensorId, fromUs, toUs } of windowsOf(range)) {
    const where = fromSelection({ sensorId, fromUs, toUs }) + (bySeries ? '' : ` AND ${OF_READING}`);
    const statement = `SELECT ${fields.join(', ')} ${where}${end}`;
    await influxql.ask(statement, signal, ({ tags: { zone = '' } = {}, values = [] }) => {
      for (const [time, ...numbers] of values) {
        // The first window may begin before the range, and even before the first time that a timestamp can name.
        const timeUs = isGrouped ? Math.max(fromUs, parseTimestamp(time) ?? fromUs) : fromUs;
        take(bucketStart(timeUs, everyUs, offsetUs), numbers.map(Number), zone);
      }
    });
  }
}
