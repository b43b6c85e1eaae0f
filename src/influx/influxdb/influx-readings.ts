import { flux, fluxDateTime, fluxExpression } from '@influxdata/influxdb-client';

import { compareReadings, type Reading } from '../../model/reading.js';
import { formatTimestamp } from '../../model/timestamp.js';
import type { ReadingRange } from '../reading-store.js';
import type { InfluxConnection } from './influx-connection.js';
import { MEASUREMENT } from './influx-lines.js';
import { MAX_POINTS_IN_US } from './point-time.js';
import { ReadingAssembler } from './reading-assembler.js';
import type { Selection, Some } from './selection.js';

/** A page is read in windows: the first window, how much the next one may grow, and the empty one after which to skip ahead. */
const FIRST_WINDOW_US = 60_000_000;
const MAX_GROWTH = 16;
const SKIP_AFTER_US = 86_400_000_000;

/** All time: the first and last microsecond that a timestamp can name, so that last() sees everything. */
export const ALL_TIME = { fromUs: Number.MIN_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER };

/** Reads the first or last readings of each series in a selection. @throws StoreUnavailable */
export type ReadSome = (selection: Selection, some: Some) => Promise<ReadingAssembler>;

/**
 * The newest reading of each series: InfluxDB answers last() from its index, and sends a table of two fields for each series.
 * @throws StoreUnavailable
 */
export function queryLatest(
  connection: InfluxConnection,
  bucket: string,
  selection: Selection,
  signal: AbortSignal,
): Promise<ReadingAssembler> {
  return query(connection, bucket, selection, 'last()', Infinity, signal);
}

/**
 * The first readings of each series, or the last ones.
 * @throws StoreUnavailable
 */
export function querySome(
  connection: InfluxConnection,
  bucket: string,
  selection: Selection,
  { limit, newestFirst }: Some,
  signal: AbortSignal,
): Promise<ReadingAssembler> {
  // first() and last() are answered from the index.
  const [one, some] = newestFirst ? ['last()', 'tail'] : ['first()', 'limit'];
  const how = limit === 1 ? one : `${some}(n: ${limit})`;
  return query(connection, bucket, selection, how, limit === 1 ? Infinity : limit, signal);
}

/**
 * A page of readings. limit() alone reads the whole range (100 ms for each million points, for every page), so a page is read in
 * windows: first a short one, then each as long as would fill the page if readings stayed as frequent. The first reading, which
 * InfluxDB finds in its index, skips a long time without readings. Newest first, it is the same from the other end.
 * @throws StoreUnavailable
 */
export async function readPage(
  read: ReadSome,
  { sensorId, zone, newestFirst = false, after, limit, ...range }: ReadingRange,
): Promise<Reading[]> {
  const found: Reading[] = [];
  const ask = (fromUs: number, toUs: number, count: number): Promise<ReadingAssembler> =>
    read({ sensorId, zone, fromUs, toUs }, { limit: count, newestFirst });
  const direction = newestFirst ? -1 : 1;
  // What is still to be read.
  let { fromUs, toUs } = range;
  if (newestFirst) toUs = Math.min(toUs, after ? after.timestampUs + 1 : toUs);
  else fromUs = Math.max(fromUs, after?.timestampUs ?? fromUs);
  for (let windowUs = FIRST_WINDOW_US; fromUs < toUs && found.length < limit;) {
    const startUs = newestFirst ? Math.max(fromUs, toUs - windowUs) : fromUs;
    const stopUs = newestFirst ? toUs : Math.min(toUs, fromUs + windowUs);
    const missing = limit - found.length;
    // Two more than are missing: the reading at `after` itself, and the last one, which may be cut within its microsecond.
    const rows = windowUs === 1 ? Math.max(missing + 2, MAX_POINTS_IN_US + 1) : missing + 2;
    const answer = await ask(startUs, stopUs, rows);
    if (newestFirst ? answer.completeFromUs >= toUs : answer.completeToUs < fromUs) {
      // All rows are in one microsecond.
      windowUs = 1;
      continue;
    }
    const readings = answer
      .readings()
      .filter(({ timestampUs }) =>
        newestFirst ? timestampUs >= answer.completeFromUs : timestampUs <= answer.completeToUs,
      );
    if (newestFirst) readings.reverse();
    for (const reading of readings)
      if (!after || compareReadings(reading, after) * direction > 0) found.push(reading);
    if (newestFirst) toUs = Math.max(startUs, answer.completeFromUs);
    else fromUs = Math.min(stopUs, answer.completeToUs + 1);
    if (windowUs === 1) {
      windowUs = FIRST_WINDOW_US;
      continue;
    }
    if (readings.length > 0 || windowUs < SKIP_AFTER_US) {
      windowUs = Math.ceil(windowUs * Math.min(MAX_GROWTH, (1.1 * missing) / readings.length));
      continue;
    }
    if (fromUs >= toUs) break;
    const next = (await ask(fromUs, toUs, 1)).readings().at(newestFirst ? -1 : 0);
    if (!next) break;
    if (newestFirst) toUs = next.timestampUs + 1;
    else fromUs = next.timestampUs;
    windowUs = FIRST_WINDOW_US;
  }
  return found.slice(0, limit);
}

async function query(
  connection: InfluxConnection,
  bucket: string,
  { sensorId, zone, fromUs, toUs }: Selection,
  how: string,
  limit: number,
  signal: AbortSignal,
): Promise<ReadingAssembler> {
  const sensor = sensorId === undefined ? fluxExpression('true') : flux`r.sensor_id == ${sensorId}`;
  const place = zone === undefined ? fluxExpression('true') : flux`r.zone == ${zone}`;
  const text = flux`from(bucket: ${bucket})
      |> range(start: ${fluxDateTime(formatTimestamp(fromUs))}, stop: ${fluxDateTime(formatTimestamp(toUs))})
      |> filter(fn: (r) => r._measurement == ${MEASUREMENT} and ${sensor} and ${place}
        and (r._field == "value" or r._field == "latency_ms"))
      |> ${fluxExpression(how)}`;
  const assembler = new ReadingAssembler(limit);
  await connection.query(text, signal, (row, columns) => {
    assembler.take(row, columns);
  });
  return assembler;
}
