import { ALL_TIMES, type Deletion } from '../../model/deletion.js';
import { formatTimestamp } from '../../model/timestamp.js';
import type { DeleteBody } from './influx-connection.js';
import { MEASUREMENT } from './influx-lines.js';

/** The first and last time that InfluxDB can hold. */
const FIRST_TIME = '1677-09-21T00:12:43.145224194Z';
const LAST_TIME = '2262-04-11T23:47:16.854775806Z';

/** The range [fromUs, toUs) of a deletion; where it is as long as a range can be, all that InfluxDB can hold. */
export function toDeleteBody({ sensorId, zone, fromUs, toUs }: Deletion): DeleteBody {
  const conditions = { _measurement: MEASUREMENT, sensor_id: sensorId, ...(zone !== undefined && { zone }) };
  return {
    start: fromUs === ALL_TIMES.fromUs ? FIRST_TIME : formatTimestamp(fromUs),
    stop: toUs === ALL_TIMES.toUs ? LAST_TIME : lastNanosecondOf(toUs - 1),
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
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
