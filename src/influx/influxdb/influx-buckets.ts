import {
  flux,
  fluxDateTime,
  fluxExpression,
  type FluxParameterLike,
  type ParameterizedQuery,
} from '@influxdata/influxdb-client';

import { type BucketPart, bucketStart } from '../../model/bucket.js';
import { formatTimestamp } from '../../model/timestamp.js';
import type { InfluxConnection } from './influx-connection.js';
import { MEASUREMENT } from './influx-lines.js';
import { BucketPartAssembler, AGGREGATES } from './bucket-part-assembler.js';
import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import type { BucketRange } from '../reading-store.js';

/**
 * A longer window of InfluxDB's could end later than it has names for, in 2262. Longer buckets are asked for one by
 * one, each in windows of this length; without windows count() never ends where a range stops at 1970 (2.9.1).
 */
const MAX_WINDOW_US = 2_000 * 86_400_000_000;

/**
 * A range in parts of buckets, one for each window and series, as InfluxDB computes them where its data lie.
 * A mean is NaN where the values' sum is infinite or no number.
 * @returns undefined when a value is text, which InfluxDB cannot aggregate
 * @throws StoreUnavailable
 */
export async function queryBucketParts(
  connection: InfluxConnection,
  bucket: string,
  range: BucketRange,
  signal: AbortSignal,
): Promise<BucketPart[] | undefined> {
  const reader = new BucketPartAssembler(range.everyUs, Math.min(range.everyUs, MAX_WINDOW_US));
  const ask = (query: ParameterizedQuery): Promise<void> =>
    connection.query(query, signal, (row, columns) => {
      reader.take(row, columns);
    });
  try {
    const windows = [...windowsOf(range)];
    for (const one of windows) await ask(queryAll(bucket, one));
    // Of one series the newest is in the last window. Of several it may be in any of them, and only its time tells.
    if (reader.seriesCount > 1) for (const one of windows) await ask(queryLast(bucket, one));
  } catch (error) {
    if (error instanceof StoreUnavailable && /unsupported.* for aggregate/.test(error.message))
      return undefined;
    throw error;
  }
  return reader.parts();
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
 * What follows a result is aggregateWindow() written out, which spares InfluxDB a sixteenth of the time of a chart.
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

/** The last readings with their own times: a table for each window, which takes InfluxDB half as long as all other results. */
function queryLast(bucket: string, windows: Windows): ParameterizedQuery {
  return flux`${windowsIn(bucket, windows)} |> last()
    |> ${fluxExpression(WITHOUT_CONSTANTS)} |> yield(name: "last")`;
}

function windowsIn(bucket: string, { sensorId, fromUs, toUs, windowUs }: Windows): FluxParameterLike {
  const data = flux`from(bucket: ${bucket})
    |> range(start: ${time(fromUs)}, stop: ${time(toUs)})
    |> filter(fn: (r) => r._measurement == ${MEASUREMENT} and r.sensor_id == ${sensorId} and r._field == "value")
    |> window(every: ${fluxExpression(`${windowUs}us`)})`;
  return fluxExpression(data.toString());
}

function time(timestampUs: number): FluxParameterLike {
  return fluxDateTime(formatTimestamp(timestampUs));
}
