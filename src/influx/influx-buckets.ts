import {
  flux,
  fluxDateTime,
  fluxExpression,
  type FluxParameterLike,
  type FluxTableColumn,
  type FluxTableMetaData,
  type ParameterizedQuery,
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
  const reader = new PartReader(range.everyUs);
  const ask = (query: ParameterizedQuery): Promise<void> =>
    connection.query(query, signal, (values, table) => {
      reader.take(values, table);
    });
  try {
    const windows = [...windowsOf(range)];
    for (const one of windows) await ask(queryAll(bucket, one));
    // Of one series the newest is in the last window. Of several it may be in any of them, and only its time tells.
    if (reader.series > 1) for (const one of windows) await ask(queryLast(bucket, one));
  } catch (error) {
    if (error instanceof StoreUnavailable && /unsupported.* for aggregate/.test(error.message))
      return undefined;
    throw error;
  }
  return [...reader.parts()];
}

/** Columns that say the same in every row, or what `_time` says, are most of an answer. */
const WITHOUT_CONSTANTS = 'drop(columns: ["_start", "_stop", "_measurement", "_field", "sensor_id"])';

/** What one query is about: a part of a range, in windows that InfluxDB has names for. */
interface Windows {
  readonly sensorId: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly windowUs: number;
}

function* windowsOf({ sensorId, fromUs, toUs, everyUs }: BucketRange): Generator<Windows> {
  if (everyUs <= MAX_WINDOW_US) {
    yield { sensorId, fromUs, toUs, windowUs: everyUs };
    return;
  }
  for (let startUs = fromUs; startUs < toUs;) {
    const endUs = Math.min(toUs, bucketStart(startUs, everyUs) + everyUs);
    yield { sensorId, fromUs: startUs, toUs: endUs, windowUs: MAX_WINDOW_US };
    startUs = endUs;
  }
}

/**
 * Each result reads the data for itself: that is what InfluxDB answers from its storage. Were they to share one
 * stream, it would read every point (2 million points in 500 buckets: 0.3 s so, 11 s shared, on 2.9.1).
 */
function queryAll(bucket: string, windows: Windows): ParameterizedQuery {
  const every = `every: ${windows.windowUs}us`;
  const yields = RESULTS.map(
    (name) =>
      `data() |> aggregateWindow(${every}, fn: ${name}, createEmpty: false, timeSrc: "_start")
        |> ${WITHOUT_CONSTANTS} |> yield(name: "${name}")`,
  );
  return flux`data = () => ${dataOf(bucket, windows)}
    ${fluxExpression(yields.join('\n'))}`;
}

/** The last readings with their own times: a table for each window, which takes InfluxDB half as long as all other results. */
function queryLast(bucket: string, windows: Windows): ParameterizedQuery {
  const every = `every: ${windows.windowUs}us`;
  return flux`${dataOf(bucket, windows)} |> window(${fluxExpression(every)}) |> last()
    |> ${fluxExpression(WITHOUT_CONSTANTS)} |> yield(name: "last")`;
}

function dataOf(bucket: string, { sensorId, fromUs, toUs }: Windows): FluxParameterLike {
  const data = flux`from(bucket: ${bucket})
    |> range(start: ${time(fromUs)}, stop: ${time(toUs)})
    |> filter(fn: (r) => r._measurement == ${MEASUREMENT} and r.sensor_id == ${sensorId} and r._field == "value")`;
  return fluxExpression(data.toString());
}

function time(timestampUs: number): FluxParameterLike {
  return fluxDateTime(formatTimestamp(timestampUs));
}

/** A window of one series, as far as its results have come. */
interface Part extends Partial<Record<ResultName, number>> {
  readonly startUs: number;
  readonly zone: string;
  /** Of the last reading, or where the window begins. */
  lastUs: number;
}

/** A time, and where the bucket and the window begin that it lies in. */
interface Place {
  readonly timestampUs: number;
  readonly startUs: number;
  readonly windowUs: number;
}

/** The columns of a table that matter here. */
interface Columns {
  readonly result: FluxTableColumn;
  readonly zone: FluxTableColumn;
  readonly value: FluxTableColumn;
  readonly time: FluxTableColumn;
  /** All that a table is grouped by, but for the times. */
  readonly series: readonly FluxTableColumn[];
}

/** Reads thousands of rows for one chart: what is the same for many of them is found out once. */
class PartReader {
  private readonly columns = new WeakMap<FluxTableMetaData, Columns | 'none'>();
  private readonly places = new Map<string, Place>();
  private readonly partsBySeries = new Map<string, Map<number, Part>>();
  /** What the row before was of. */
  private last:
    | { readonly columns: Columns; readonly values: readonly string[]; readonly parts: Map<number, Part> }
    | undefined;

  constructor(private readonly everyUs: number) {}

  /** How many series there are. */
  get series(): number {
    return this.partsBySeries.size;
  }

  /** Takes a row; what others wrote into the bucket and is no reading changes nothing. */
  take(values: string[], table: FluxTableMetaData): void {
    const columns = this.columns.get(table) ?? columnsOf(table);
    this.columns.set(table, columns);
    if (columns === 'none') return;
    const result = RESULTS.find((name) => name === columns.result.get(values));
    const zone: unknown = columns.zone.get(values);
    const value: unknown = columns.value.get(values);
    const place = this.placeOf(String(columns.time.get(values)));
    if (!result || typeof zone !== 'string' || typeof value !== 'number' || !place) return;
    const { timestampUs, startUs, windowUs } = place;
    const parts = this.partsOf(columns, values);
    let part = parts.get(windowUs);
    if (!part) {
      part = { startUs, zone, lastUs: timestampUs };
      parts.set(windowUs, part);
    }
    part[result] = value;
    if (result === 'last') part.lastUs = timestampUs;
  }

  /** Those of which all results have come. */
  *parts(): Generator<BucketPart> {
    for (const parts of this.partsBySeries.values()) {
      for (const { startUs, zone, lastUs, count, min, max, mean, last: value } of parts.values()) {
        if (count === undefined || min === undefined || max === undefined) continue;
        if (mean === undefined || value === undefined) continue;
        yield { startUs, count, min, max, mean, last: { zone, value, timestampUs: lastUs } };
      }
    }
  }

  /** Five results have the same times. */
  private placeOf(text: string): Place | undefined {
    const known = this.places.get(text);
    if (known) return known;
    const timestampUs = parseTimestamp(text);
    if (timestampUs === undefined) return undefined;
    const startUs = bucketStart(timestampUs, this.everyUs);
    // A window that the beginning of a bucket cuts in two has a part in each.
    const windowUs = Math.max(startUs, bucketStart(timestampUs, Math.min(this.everyUs, MAX_WINDOW_US)));
    const place = { timestampUs, startUs, windowUs };
    this.places.set(text, place);
    return place;
  }

  /** Mostly those of the row before. */
  private partsOf(columns: Columns, values: readonly string[]): Map<number, Part> {
    const { last } = this;
    if (
      last?.columns === columns &&
      columns.series.every(({ index }) => values[index] === last.values[index])
    )
      return last.parts;
    const series = JSON.stringify(columns.series.map(({ label, index }) => [label, values[index]]));
    const parts = this.partsBySeries.get(series) ?? new Map<number, Part>();
    this.partsBySeries.set(series, parts);
    this.last = { columns, values, parts };
    return parts;
  }
}

function columnsOf({ columns }: FluxTableMetaData): Columns | 'none' {
  const of = (label: string): FluxTableColumn | undefined => columns.find((column) => column.label === label);
  const [result, zone, value, time] = [of('result'), of('zone'), of('_value'), of('_time')];
  if (!result || !zone || !value || !time) return 'none';
  const series = columns.filter(({ group, label }) => group && label !== '_start' && label !== '_stop');
  return { result, zone, value, time, series };
}
