import {
  flux,
  fluxDateTime,
  fluxExpression,
  type FluxParameterLike,
  type FluxTableColumn,
  type FluxTableMetaData,
  type ParameterizedQuery,
  type Row,
} from '@influxdata/influxdb-client';

import { type BucketPart, bucketStart } from '../reading/bucket.js';
import { formatTimestamp, parseTimestamp } from '../reading/timestamp.js';
import type { InfluxConnection } from './influx-connection.js';
import { MEASUREMENT } from './influx-lines.js';
import { type BucketRange, StoreUnavailable } from './reading-store.js';

const RESULTS = ['count', 'min', 'max', 'mean', 'last'] as const;

type ResultName = (typeof RESULTS)[number];

/**
 * A longer window of InfluxDB's could end later than it has names for, in 2262. Longer buckets are asked for one by
 * one, each in windows of this length; without windows count() never ends where a range stops at 1970 (2.9.1).
 */
const MAX_WINDOW_US = 2_000 * 86_400_000_000;

/**
 * A range in parts of buckets, one for each window and series, as InfluxDB computes them where its data lie.
 * A mean may be infinite or no number, where the values' sum is.
 * @returns undefined when a value is text, which InfluxDB cannot aggregate
 * @throws StoreUnavailable
 */
export async function queryBucketParts(
  connection: InfluxConnection,
  bucket: string,
  range: BucketRange,
  signal: AbortSignal,
): Promise<BucketPart[] | undefined> {
  const parts = new Map<string, Partial<Record<ResultName, Cell>>>();
  const reader = new CellReader(range.everyUs);
  try {
    for (const query of queries(bucket, range)) {
      for await (const row of connection.query(query, signal)) {
        const cell = reader.read(row);
        if (!cell) continue;
        const window = bucketStart(cell.timestampUs, Math.min(range.everyUs, MAX_WINDOW_US));
        const key = `${window} ${cell.startUs} ${cell.series}`;
        const part = parts.get(key) ?? {};
        parts.set(key, part);
        part[cell.result] = cell;
      }
    }
  } catch (error) {
    if (error instanceof StoreUnavailable && /unsupported.* for aggregate/.test(error.message))
      return undefined;
    throw error;
  }
  return [...parts.values()].flatMap(({ count, min, max, mean, last }) =>
    count && min && max && mean && last
      ? [
          {
            startUs: count.startUs,
            count: count.value,
            min: min.value,
            max: max.value,
            mean: mean.value,
            last: { zone: last.zone, value: last.value, timestampUs: last.timestampUs },
          },
        ]
      : [],
  );
}

function queries(bucket: string, range: BucketRange): ParameterizedQuery[] {
  const { fromUs, toUs, everyUs } = range;
  if (everyUs <= MAX_WINDOW_US) return [queryAll(bucket, range, everyUs)];
  const single: ParameterizedQuery[] = [];
  for (let startUs = fromUs; startUs < toUs;) {
    const endUs = Math.min(toUs, bucketStart(startUs, everyUs) + everyUs);
    single.push(queryAll(bucket, { ...range, fromUs: startUs, toUs: endUs }, MAX_WINDOW_US));
    startUs = endUs;
  }
  return single;
}

/**
 * Each result reads the data for itself: that is what InfluxDB answers from its storage. Were they to share one
 * stream, it would read every point (2 million points in 500 buckets: 0.3 s so, 11 s shared, on 2.9.1).
 */
function queryAll(
  bucket: string,
  { sensorId, fromUs, toUs }: BucketRange,
  windowUs: number,
): ParameterizedQuery {
  const every = `every: ${windowUs}us`;
  const yields = RESULTS.map((name) => {
    const aggregate =
      name === 'last'
        ? `window(${every}) |> last()`
        : `aggregateWindow(${every}, fn: ${name}, createEmpty: false, timeSrc: "_start")`;
    return `data() |> ${aggregate} |> yield(name: "${name}")`;
  });
  return flux`data = () => from(bucket: ${bucket})
    |> range(start: ${time(fromUs)}, stop: ${time(toUs)})
    |> filter(fn: (r) => r._measurement == ${MEASUREMENT} and r.sensor_id == ${sensorId} and r._field == "value")
    ${fluxExpression(yields.join('\n'))}`;
}

function time(timestampUs: number): FluxParameterLike {
  return fluxDateTime(formatTimestamp(timestampUs));
}

type Cell = BucketPart['last'] & {
  readonly startUs: number;
  readonly result: ResultName;
  /** What tells one series from another, as text. */
  readonly series: string;
};

/** The columns of a table that matter here. */
interface Columns {
  readonly result: FluxTableColumn;
  readonly zone: FluxTableColumn;
  readonly value: FluxTableColumn;
  readonly time: FluxTableColumn;
  /** All that a table is grouped by, but for the times. */
  readonly series: readonly FluxTableColumn[];
}

/** Reads thousands of rows for one chart: what is the same for all rows of a table is found out once. */
class CellReader {
  private readonly known = new WeakMap<FluxTableMetaData, Columns | 'none'>();
  private columns: readonly FluxTableColumn[] = [];
  private values: readonly string[] = [];
  private series = '';

  constructor(private readonly everyUs: number) {}

  /** @returns undefined for what others wrote into the bucket and is no reading */
  read({ values, tableMeta }: Row): Cell | undefined {
    const columns = this.known.get(tableMeta) ?? columnsOf(tableMeta);
    this.known.set(tableMeta, columns);
    if (columns === 'none') return undefined;
    const result = RESULTS.find((name) => name === columns.result.get(values));
    const zone: unknown = columns.zone.get(values);
    const value: unknown = columns.value.get(values);
    // That of the last reading, or where the window begins.
    const timestampUs = parseTimestamp(columns.time.get(values));
    if (!result || typeof zone !== 'string' || typeof value !== 'number' || timestampUs === undefined)
      return undefined;
    const startUs = bucketStart(timestampUs, this.everyUs);
    return { zone, value, timestampUs, startUs, result, series: this.seriesOf(columns.series, values) };
  }

  /** Mostly that of the row before. */
  private seriesOf(columns: readonly FluxTableColumn[], values: readonly string[]): string {
    const isSame =
      columns === this.columns && columns.every(({ index }) => values[index] === this.values[index]);
    if (isSame) return this.series;
    this.columns = columns;
    this.values = values;
    this.series = JSON.stringify(columns.map(({ label, index }) => [label, values[index]]));
    return this.series;
  }
}

function columnsOf({ columns }: FluxTableMetaData): Columns | 'none' {
  const of = (label: string): FluxTableColumn | undefined => columns.find((column) => column.label === label);
  const [result, zone, value, time] = [of('result'), of('zone'), of('_value'), of('_time')];
  if (!result || !zone || !value || !time) return 'none';
  const series = columns.filter(({ group, label }) => group && label !== '_start' && label !== '_stop');
  return { result, zone, value, time, series };
}
