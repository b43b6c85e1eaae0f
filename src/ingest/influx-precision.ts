import { GatewayError } from '../common/errors/gateway-error.js';
import { mustBeMessage } from '../common/validation/must-be.js';
import type { Precision } from '../model/precision.js';
import { toPrecision } from './sent-times.js';

/** The names of units on InfluxDB 1's /write. `us` and `ns` are InfluxDB 2's names, which its own /write takes, too. */
export const INFLUX1_UNITS: ReadonlyMap<string, Precision> = new Map<string, Precision>([
  ['n', 'ns'],
  ['ns', 'ns'],
  ['u', 'us'],
  ['µ', 'us'],
  ['us', 'us'],
  ['ms', 'ms'],
  ['s', 's'],
  ['m', 'm'],
  ['h', 'h'],
]);

/**
 * The unit of line protocol by its parameter, as InfluxDB 2 reads it: none and an empty one are nanoseconds.
 * @throws GatewayError INVALID_PARAMETER
 */
export function toInflux2Precision(sent: unknown): Precision {
  return toPrecision(sent === '' ? undefined : sent, 'ns');
}

/**
 * The same as InfluxDB 1 reads it. InfluxDB 2's /write takes an unknown unit for nanoseconds, which stores wrong times; here it
 * is refused, as in InfluxDB 1.
 * @throws GatewayError INVALID_PARAMETER
 */
export function toInflux1Precision(sent: unknown): Precision {
  if (sent === undefined || sent === '') return 'ns';
  const precision = typeof sent === 'string' ? INFLUX1_UNITS.get(sent) : undefined;
  if (precision) return precision;
  const message = mustBeMessage('precision', `one of ${[...INFLUX1_UNITS.keys()].join(', ')}`, sent);
  throw new GatewayError('INVALID_PARAMETER', message, { errors: [{ path: 'precision', message }] });
}
