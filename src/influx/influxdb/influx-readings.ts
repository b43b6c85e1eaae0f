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
  return query(connection, bucket, { sensorId }, BEGINNING_US, END_US, fluxExpression('last()'), signal);
}

/**
 * A page of readings. limit() alone reads the whole range (100 ms for each million points, for every page), so a page is read in
 * windows: first a short one, then each as long as would fill the page if readings stayed as frequent. first(), which InfluxDB
 * answers from its index, skips a long time without readings. Newest first, it is the same from the other end, with tail() and
 * last().
 * @throws StoreUnavailable
 */
export async function queryReadings(
  connection: InfluxConnection,
  bucket: string,
  { sensorId, zone, newestFirst = false, after, limit, ...range }: ReadingRange,
  signal: AbortSignal,
): Promise<Reading[]> {
  const found: Reading[] = [];
  const ask = (startUs: number, stopUs: number, selection: string): Promise<Reading[]> =>
    query(connection, bucket, { sensorId, zone }, startUs, stopUs, fluxExpression(selection), signal);
  const direction = newestFirst ? -1 : 1;
  // What is still to be read.
  let { fromUs, toUs } = range;
  if (newestFirst) toUs = Math.min(toUs, after ? after.timestampUs + 1 : toUs);
  else fromUs = Math.max(fromUs, after?.timestampUs ?? fromUs);
  for (let windowUs = FIRST_WINDOW_US; fromUs < toUs && found.length < limit;) {
    const startUs = newestFirst ? Math.max(fromUs, toUs - windowUs) : fromUs;
    const stopUs = newestFirst ? toUs : Math.min(toUs, fromUs + windowUs);
    const missing = limit - found.length;
    // One more than is missing, for the reading at `after` itself.
    const readings = await ask(startUs, stopUs, `${newestFirst ? 'tail' : 'limit'}(n: ${missing + 1})`);
    if (newestFirst) readings.reverse();
    for (const reading of readings)
      if (!after || compareReadings(reading, after) * direction > 0) found.push(reading);
    if (newestFirst) toUs = startUs;
    else fromUs = stopUs;
    if (readings.length > 0 || windowUs < SKIP_AFTER_US) {
      windowUs = Math.ceil(windowUs * Math.min(MAX_GROWTH, (1.1 * missing) / readings.length));
      continue;
    }
    if (fromUs >= toUs) break;
    const next = (await ask(fromUs, toUs, newestFirst ? 'last()' : 'first()')).at(newestFirst ? -1 : 0);
    if (!next) break;
    if (newestFirst) toUs = next.timestampUs + 1;
    else fromUs = next.timestampUs;
    windowUs = FIRST_WINDOW_US;
  }
  return found.slice(0, limit);
}

/** The readings that `selection` leaves of a range, in order; of one sensor or of all, of one zone or of all. */
async function query(
  connection: InfluxConnection,
  bucket: string,
  { sensorId, zone }: { readonly sensorId?: string; readonly zone?: string },
  startUs: number,
  stopUs: number,
  selection: FluxParameterLike,
  signal: AbortSignal,
): Promise<Reading[]> {
  const sensor = sensorId === undefined ? fluxExpression('true') : flux`r.sensor_id == ${sensorId}`;
  const place = zone === undefined ? fluxExpression('true') : flux`r.zone == ${zone}`;
  const text = flux`from(bucket: ${bucket})
      |> range(start: ${fluxDateTime(formatTimestamp(startUs))}, stop: ${fluxDateTime(formatTimestamp(stopUs))})
      |> filter(fn: (r) => r._measurement == ${MEASUREMENT} and ${sensor} and ${place}
        and (r._field == "value" or r._field == "latency_ms"))
      |> ${selection}`;
  const assembler = new ReadingAssembler();
  await connection.query(text, signal, (row, columns) => {
    assembler.take(row, columns);
  });
  return assembler.readings();
}
