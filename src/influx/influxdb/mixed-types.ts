import { bucketStart } from '../../model/bucket.js';
import { parseTimestamp } from '../../model/timestamp.js';
import type { EvenBucketRange } from '../reading-store.js';
import type { FoundParts } from './bucket-part-assembler.js';
import { MAX_WINDOW_US, windowsOf } from './influx-buckets.js';
import { COUNT_WINDOW_US, WindowCounts } from './influx-count.js';
import type { Influxql } from './influxql.js';
import type { InfluxqlSeries } from './influxql-answer.js';
import { parsePointTime } from './point-time.js';
import { furtherTags, ReadingAssembler } from './reading-assembler.js';
import { fromSelection, type Selection, type Some } from './selection.js';

/** InfluxDB cannot write infinity, such as the mean of values near 1e308, into its answer. */
const INFINITE = /unsupported value: [+-]Inf/;

/** The newest reading of each series, in whatever type each shard has its fields. @throws StoreUnavailable */
export function queryMixedLatest(
  influxql: Influxql,
  selection: Selection,
  signal: AbortSignal,
): Promise<ReadingAssembler> {
  const fields = 'last(value::float), latency_ms::float';
  return assemble(influxql, `SELECT ${fields} ${fromSelection(selection)} GROUP BY *`, Infinity, signal);
}

/** The first readings of each series, or the last ones, in whatever type each shard has its fields. @throws StoreUnavailable */
export function queryMixedSome(
  influxql: Influxql,
  selection: Selection,
  { limit, newestFirst }: Some,
  signal: AbortSignal,
): Promise<ReadingAssembler> {
  if (limit > 1) {
    const some = `GROUP BY * ORDER BY time ${newestFirst ? 'DESC' : 'ASC'} LIMIT ${limit}`;
    const fields = 'value::float, latency_ms::float';
    return assemble(influxql, `SELECT ${fields} ${fromSelection(selection)} ${some}`, limit, signal);
  }
  if (newestFirst) return queryMixedLatest(influxql, selection, signal);
  // The first row may have a latency alone.
  const fields = 'first(value::float), latency_ms::float';
  return assemble(influxql, `SELECT ${fields} ${fromSelection(selection)} GROUP BY *`, Infinity, signal);
}

/** How many values there are, in whatever type each shard has them. @throws StoreUnavailable */
export async function queryMixedCounts(
  influxql: Influxql,
  selection: Selection,
  signal: AbortSignal,
): Promise<WindowCounts> {
  const counts = new WindowCounts();
  const group = `GROUP BY time(${COUNT_WINDOW_US}u), * fill(none)`;
  const statement = `SELECT count(value::float) ${fromSelection(selection)} ${group}`;
  await influxql.ask(statement, signal, ({ tags: { zone = '' } = {}, values = [] }) => {
    for (const [time, count] of values) counts.add(zone, parseTimestamp(time) ?? NaN, Number(count));
  });
  return counts;
}

/**
 * The parts of a range's buckets, as queryBucketParts() gives them, in whatever type each shard has its values.
 * @returns undefined when the sum of the values of a part is not finite
 * @throws StoreUnavailable
 */
export async function queryMixedParts(
  influxql: Influxql,
  range: EvenBucketRange,
  signal: AbortSignal,
): Promise<FoundParts | undefined> {
  const windowUs = Math.min(range.everyUs, MAX_WINDOW_US);
  const found: FoundParts = { parts: [], unclear: new Set() };
  /** By window: its series. InfluxDB does not say when the last reading of a window was, so several cannot be compared. */
  const seriesByWindow = new Map<number, string>();
  for (const { sensorId, fromUs, toUs, offsetUs } of windowsOf(range)) {
    const take = ({ tags = {}, values = [] }: InfluxqlSeries): void => {
      const { zone = '' } = tags;
      if (zone === '') return;
      const series = JSON.stringify(tags);
      for (const row of values) {
        const [count = NaN, min = NaN, max = NaN, mean = NaN, value = NaN] = row.slice(1).map(Number);
        const time = parseTimestamp(row[0]);
        if (!(count > 0) || time === undefined) continue;
        const timestampUs = Math.max(time, fromUs);
        const startUs = bucketStart(timestampUs, range.everyUs, range.offsetUs);
        const windowStartUs = Math.max(time, startUs);
        if ((seriesByWindow.get(windowStartUs) ?? series) !== series) found.unclear.add(startUs);
        seriesByWindow.set(windowStartUs, series);
        found.parts.push({ startUs, count, min, max, mean, last: { zone, value, timestampUs } });
      }
    };
    const aggregates = ['count', 'min', 'max', 'mean', 'last'].map((name) => `${name}(value::float)`);
    const group = `GROUP BY time(${windowUs}u, ${offsetUs % windowUs}u), * fill(none)`;
    const statement = `SELECT ${aggregates.join(', ')} ${fromSelection({ sensorId, fromUs, toUs })} ${group}`;
    try {
      await influxql.ask(statement, signal, take);
    } catch (error) {
      if (error instanceof Error && INFINITE.test(error.message)) return undefined;
      throw error;
    }
  }
  return found;
}

async function assemble(
  influxql: Influxql,
  statement: string,
  limit: number,
  signal: AbortSignal,
): Promise<ReadingAssembler> {
  const assembler = new ReadingAssembler(limit);
  let last = '';
  await influxql.ask(statement, signal, ({ tags = {}, values = [] }) => {
    const { sensor_id: sensorId = '', zone = '' } = tags;
    const series = { sensorId, zone, tags: furtherTags(tags) };
    // A series with more rows than InfluxDB sends at once comes in several parts.
    const name = JSON.stringify(tags);
    if (name !== last) assembler.beginSeries();
    last = name;
    for (const [text, value, latencyMs] of values) {
      const time = parsePointTime(String(text));
      if (!time) continue;
      assembler.countRow(time);
      assembler.takeField(series, time, 'value', toNumber(value));
      assembler.takeField(series, time, 'latency_ms', toNumber(latencyMs));
    }
  });
  return assembler;
}

function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : NaN;
}
