import {
  flux,
  fluxDateTime,
  fluxExpression,
  type FluxParameterLike,
  type ParameterizedQuery,
} from '@influxdata/influxdb-client';

import { bucketStart } from '../../model/bucket.js';
import { formatTimestamp } from '../../model/timestamp.js';
import type { InfluxConnection } from './influx-connection.js';
import { MEASUREMENT } from './influx-lines.js';
import { AGGREGATES, BucketPartAssembler, type FoundParts } from './bucket-part-assembler.js';
import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import type { EvenBucketRange } from '../reading-store.js';

/**
 * A longer window could end after 2262, the last year that InfluxDB can name. Longer buckets are queried one by one, each in
 * windows of this length; without windows count() never returns for a range that ends at 1970 (2.9.1).
 */
export const MAX_WINDOW_US = 2_000 * 86_400_000_000;

/**
 * What InfluxDB 2.9.1 answers when it is to aggregate text or true: "unsupported for aggregate min: *reads.string…" or, in 3 of 200
 * answers, "unsupported input type for mean aggregate: string", whichever aggregate fails first.
 */
const NO_NUMBER = /unsupported (?:for aggregate|input type for \w+ aggregate)/;

/**
 * The parts of a range's buckets, one for each window and series, as InfluxDB aggregates them in its storage.
 * @returns undefined when a value is text, which InfluxDB cannot aggregate
 * @throws StoreUnavailable
 */
export async function queryBucketParts(
  connection: InfluxConnection,
  bucket: string,
  range: EvenBucketRange,
  signal: AbortSignal,
): Promise<FoundParts | undefined> {
  const assembler = new BucketPartAssembler(range, Math.min(range.everyUs, MAX_WINDOW_US));
  const ask = (query: ParameterizedQuery): Promise<void> =>
    connection.query(query, signal, (row, columns) => {
      assembler.take(row, columns);
    });
  try {
    const windows = [...windowsOf(range)];
    for (const one of windows) await ask(queryAll(bucket, one));
    // With one series the newest reading is in the last window. With several, it may be in any, and only its time says in which.
    if (assembler.seriesCount > 1) for (const one of windows) await ask(queryLast(bucket, one));
  } catch (error) {
    if (error instanceof StoreUnavailable && NO_NUMBER.test(error.message)) return undefined;
    throw error;
  }
  return assembler.found();
}

/** Columns that are equal in every row, or repeat `_time`, would be most of an answer. */
const WITHOUT_CONSTANTS = 'drop(columns: ["_start", "_stop", "_measurement", "_field", "sensor_id"])';

/** One query: a part of a range, in windows that InfluxDB can name. */
export interface Windows {
  readonly sensorId: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly windowUs: number;
  readonly offsetUs: number;
}

export function* windowsOf({
  sensorId,
  fromUs,
  toUs,
  everyUs,
  offsetUs = 0,
}: EvenBucketRange): Generator<Windows> {
  if (everyUs <= MAX_WINDOW_US) {
    yield { sensorId, fromUs, toUs, windowUs: everyUs, offsetUs };
    return;
  }
  for (let startUs = fromUs; startUs < toUs;) {
    const endUs = Math.min(toUs, bucketStart(startUs, everyUs, offsetUs) + everyUs);
    yield { sensorId, fromUs: startUs, toUs: endUs, windowUs: MAX_WINDOW_US, offsetUs };
    startUs = endUs;
  }
}

/**
 * Each aggregate reads the data for itself: InfluxDB then computes it in its storage. If they shared one stream, InfluxDB would
 * read every point (2 million points in 500 buckets on 2.9.1: 0.3 s this way, 11 s with a shared stream).
 * aggregateWindow() is written out after each aggregate, which saves InfluxDB a sixteenth of the time of a chart.
 */
function queryAll(bucket: string, windows: Windows): ParameterizedQuery {
  const yields = AGGREGATES.map(
    (name) =>
      `windows() |> ${name}() |> duplicate(column: "_start", as: "_time") |> window(every: inf)
        |> ${WITHOUT_CONSTANTS} |> yield(name: "${name}")`,
  );
  return flux`windows = () => ${windowsIn(bucket, windows)}
    ${fluxExpression(yields.join('\n'))}`;
}

/** The last readings with their own times: a table for each window, which takes half the time of all other aggregates. */
function queryLast(bucket: string, windows: Windows): ParameterizedQuery {
  return flux`${windowsIn(bucket, windows)} |> last()
    |> ${fluxExpression(WITHOUT_CONSTANTS)} |> yield(name: "last")`;
}

function windowsIn(
  bucket: string,
  { sensorId, fromUs, toUs, windowUs, offsetUs }: Windows,
): FluxParameterLike {
  const data = flux`from(bucket: ${bucket})
    |> range(start: ${time(fromUs)}, stop: ${time(toUs)})
    |> filter(fn: (r) => r._measurement == ${MEASUREMENT} and r.sensor_id == ${sensorId} and r._field == "value")
    |> window(every: ${fluxExpression(`${windowUs}us`)}, offset: ${fluxExpression(`${offsetUs % windowUs}us`)})`;
  return fluxExpression(data.toString());
}

function time(timestampUs: number): FluxParameterLike {
  return fluxDateTime(formatTimestamp(timestampUs));
}
