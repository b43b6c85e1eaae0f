import type { Deletion } from '../../model/deletion.js';
import { formatTimestamp } from '../../model/timestamp.js';
import type { DeleteBody } from './influx-connection.js';
import { MEASUREMENT } from './influx-lines.js';

export function toDeleteBody({ sensorId, zone, fromUs, toUs }: Deletion): DeleteBody {
  const conditions = { _measurement: MEASUREMENT, sensor_id: sensorId, ...(zone !== undefined && { zone }) };
  return {
    start: formatTimestamp(fromUs),
    stop: lastNanosecondOf(toUs - 1),
    predicate: Object.entries(conditions)
      .map(([tag, value]) => `${tag}=${quoteTagValue(value)}`)
      .join(' AND '),
  };
}

/** The last nanosecond of a microsecond. */
function lastNanosecondOf(timestampUs: number): string {
  const [, seconds = '', fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(formatTimestamp(timestampUs)) ?? [];
  return `${seconds}.${fraction.padEnd(6, '0')}999Z`;
}

/** In the predicate of a deletion. */
function quoteTagValue(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
