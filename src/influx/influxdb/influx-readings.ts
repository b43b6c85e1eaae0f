import { flux, fluxDateTime, fluxExpression, type FluxParameterLike } from '@influxdata/influxdb-client';

import { compareReadings, type Reading } from '../../model/reading.js';
import { formatTimestamp } from '../../model/timestamp.js';
import type { ReadingRange } from '../reading-store.js';
import type { InfluxConnection } from './influx-connection.js';
import { MEASUREMENT } from './influx-lines.js';
import { ReadingAssembler } from './reading-assembler.js';

/** A page is read in windows: the first window, how much the next one may grow, and the empty one after which to skip ahead. */
const FIRST_WINDOW_US = 60_000_000;
const MAX_GROWTH = 16;
const SKIP_AFTER_US = 86_400_000_000;

/** The first and last microsecond that a timestamp can name, so that last() sees everything. */
const BEGINNING_US = Number.MIN_SAFE_INTEGER;
const END_US = Number.MAX_SAFE_INTEGER;

/**
 * The newest readings of a sensor, one for each series, in order; of all sensors when none is named.
 * InfluxDB answers last() from its index, and sends a table of two fields for each series.
 * @throws StoreUnavailable
 */
export function queryLatest(
  connection: InfluxConnection,
  bucket: string,
  sensorId: string | undefined,
  signal: AbortSignal,
): Promise<Reading[]> {
  return query(connection, bucket, sensorId, BEGINNING_US, END_US, fluxExpression('last()'), signal);
}

/**
 * A page of readings. limit() alone reads the whole range (100 ms for each million points, for every page), so a page is read in
 * windows: first a short one, then each as long as would fill the page if readings stayed as frequent. first(), which InfluxDB
 * answers from its index, skips a long time without readings.
 * @throws StoreUnavailable
 */
export async function queryReadings(
  connection: InfluxConnection,
  bucket: string,
  { sensorId, fromUs, toUs, after, limit }: ReadingRange,
  signal: AbortSignal,
): Promise<Reading[]> {
  const found: Reading[] = [];
  let startUs = Math.max(fromUs, after?.timestampUs ?? fromUs);
  for (let windowUs = FIRST_WINDOW_US; startUs < toUs && found.length < limit;) {
    const stopUs = Math.min(toUs, startUs + windowUs);
    const missing = limit - found.length;
    // One more than is missing, for the reading at `after` itself.
    const upTo = fluxExpression(`limit(n: ${missing + 1})`);
    const readings = await query(connection, bucket, sensorId, startUs, stopUs, upTo, signal);
    for (const reading of readings) if (!after || compareReadings(reading, after) > 0) found.push(reading);
    startUs = stopUs;
    if (readings.length > 0 || windowUs < SKIP_AFTER_US) {
      windowUs = Math.ceil(windowUs * Math.min(MAX_GROWTH, (1.1 * missing) / readings.length));
      continue;
    }
    if (startUs >= toUs) break;
    const first = fluxExpression('first()');
    const [next] = await query(connection, bucket, sensorId, startUs, toUs, first, signal);
    if (!next) break;
    startUs = next.timestampUs;
    windowUs = FIRST_WINDOW_US;
  }
  return found.slice(0, limit);
}

/** The readings that `selection` leaves of a range, in order; of one sensor, or of all. */
async function query(
  connection: InfluxConnection,
  bucket: string,
  sensorId: string | undefined,
  startUs: number,
  stopUs: number,
  selection: FluxParameterLike,
  signal: AbortSignal,
): Promise<Reading[]> {
  const sensor = sensorId === undefined ? fluxExpression('true') : flux`r.sensor_id == ${sensorId}`;
  const text = flux`from(bucket: ${bucket})
      |> range(start: ${fluxDateTime(formatTimestamp(startUs))}, stop: ${fluxDateTime(formatTimestamp(stopUs))})
      |> filter(fn: (r) => r._measurement == ${MEASUREMENT} and ${sensor}
        and (r._field == "value" or r._field == "latency_ms"))
      |> ${selection}`;
  const assembler = new ReadingAssembler();
  await connection.query(text, signal, (row, columns) => {
    assembler.take(row, columns);
  });
  return assembler.readings();
}
