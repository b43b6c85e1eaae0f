import { flux, fluxDateTime, fluxExpression } from '@influxdata/influxdb-client';

import { bucketStart } from '../../model/bucket.js';
import type { Deletion } from '../../model/deletion.js';
import { formatTimestamp, parseTimestamp } from '../../model/timestamp.js';
import type { CsvColumn } from './annotated-csv.js';
import type { InfluxConnection } from './influx-connection.js';
import { MEASUREMENT } from './influx-lines.js';

/** Readings are counted day by day, so that few days must be read where a sum would be wrong. */
export const COUNT_WINDOW_US = 86_400_000_000;

/** Adds up how many values InfluxDB has found in each window of each series. */
export class WindowCounts {
  /** By the time when a window begins: by zone. */
  private readonly counts = new Map<number, Map<string, number>>();
  /**
   * When the windows begin in which several series of one zone have values: their values at one time are one reading, so these
   * windows must be counted reading by reading.
   */
  readonly unclear = new Set<number>();

  /** @param timestampUs any time in the window */
  add(zone: string, timestampUs: number, count: number): void {
    if (zone === '' || !(count > 0)) return;
    const startUs = bucketStart(timestampUs, COUNT_WINDOW_US);
    const zones = this.counts.get(startUs) ?? new Map<string, number>();
    this.counts.set(startUs, zones);
    if (zones.has(zone)) this.unclear.add(startUs);
    zones.set(zone, count);
  }

  /** How many readings the other windows have. */
  get clear(): number {
    let sum = 0;
    for (const [startUs, zones] of this.counts)
      if (!this.unclear.has(startUs)) for (const count of zones.values()) sum += count;
    return sum;
  }
}

/**
 * How many values a deletion finds. InfluxDB counts from its index where it can, in windows, too; without them, it never answers
 * for a range that ends at 1970 or up to a day before (2.9.1).
 * @throws StoreUnavailable
 */
export async function queryCounts(
  connection: InfluxConnection,
  bucket: string,
  { sensorId, zone, fromUs, toUs }: Deletion,
  signal: AbortSignal,
): Promise<WindowCounts> {
  const ofZone = zone === undefined ? flux`r.zone != ""` : flux`r.zone == ${zone}`;
  const text = flux`found = () => from(bucket: ${bucket})
      |> range(start: ${fluxDateTime(formatTimestamp(fromUs))}, stop: ${fluxDateTime(formatTimestamp(toUs))})
      |> filter(fn: (r) => r._measurement == ${MEASUREMENT} and r.sensor_id == ${sensorId} and ${ofZone}
        and r._field == "value")
    found() |> window(every: ${fluxExpression(`${COUNT_WINDOW_US}us`)}) |> count()
      |> duplicate(column: "_start", as: "_time") |> window(every: inf)
      |> drop(columns: ["_start", "_stop", "_measurement", "_field", "sensor_id"]) |> yield(name: "count")
    found() |> last() |> yield(name: "last")`;
  const counts = new WindowCounts();
  const lastValues: (CsvColumn | undefined)[] = [];
  await connection.query(text, signal, (row, columns) => {
    // Values that are text or true are no readings. The type is the same in all shards, or others count.
    if (columns.read(row, 'result') === 'last') lastValues.push(columns.of('_value'));
    else
      counts.add(
        columns.read(row, 'zone'),
        parseTimestamp(columns.read(row, '_time')) ?? NaN,
        columns.readNumber(row, '_value'),
      );
  });
  return lastValues.every((column) => column?.isNumber) ? counts : new WindowCounts();
}
