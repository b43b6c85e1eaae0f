import { flux, fluxDateTime } from '@influxdata/influxdb-client';

import type { Deletion } from '../../model/deletion.js';
import { formatTimestamp } from '../../model/timestamp.js';
import type { DeleteBody, InfluxConnection } from './influx-connection.js';
import { MEASUREMENT } from './influx-lines.js';

export function toDeleteBody({ sensorId, zone, fromUs, toUs }: Deletion): DeleteBody {
  const conditions = { _measurement: MEASUREMENT, sensor_id: sensorId, ...(zone !== undefined && { zone }) };
  return {
    start: formatTimestamp(fromUs),
    stop: lastNanosecondOf(toUs - 1),
    predicate: Object.entries(conditions)
      .map(([tag, value]) => `${tag}=${quote(value)}`)
      .join(' AND '),
  };
}

/**
 * How many readings a deletion finds. InfluxDB counts from its index where it can.
 * @throws StoreUnavailable
 */
export async function queryCount(
  connection: InfluxConnection,
  bucket: string,
  { sensorId, zone, fromUs, toUs }: Deletion,
  signal: AbortSignal,
): Promise<number> {
  const ofZone = zone === undefined ? flux`r.zone != ""` : flux`r.zone == ${zone}`;
  const text = flux`from(bucket: ${bucket})
      |> range(start: ${fluxDateTime(formatTimestamp(fromUs))}, stop: ${fluxDateTime(formatTimestamp(toUs))})
      |> filter(fn: (r) => r._measurement == ${MEASUREMENT} and r.sensor_id == ${sensorId} and ${ofZone}
        and r._field == "value")
      |> count()`;
  let count = 0;
  await connection.query(text, signal, (row, columns) => {
    count += columns.readNumber(row, '_value');
  });
  return count;
}

/** The last nanosecond of a microsecond. */
function lastNanosecondOf(timestampUs: number): string {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(formatTimestamp(timestampUs)) ?? [];
  return `${seconds}.${fraction.padEnd(6, '0')}999Z`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
