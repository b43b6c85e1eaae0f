import { MEASUREMENT } from './influx-lines.js';
import { quoteText } from './influxql.js';

/** Readings to ask for: of one sensor or zone, or of all; times from `fromUs` up to, not including, `toUs`. */
export interface Selection {
  readonly sensorId?: string | undefined;
  readonly zone?: string | undefined;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Which readings of each series to read: at most `limit`, from the first or from the last one on. */
export interface Some {
  readonly limit: number;
  readonly newestFirst: boolean;
}

/** The FROM and WHERE of a selection in InfluxQL. */
export function fromSelection({ sensorId, zone, fromUs, toUs }: Selection): string {
  const sensor = sensorId === undefined ? '' : ` AND sensor_id = ${quoteText(sensorId)}`;
  const place = zone === undefined ? '' : ` AND zone = ${quoteText(zone)}`;
  // A number of nanoseconds, which are more than a safe integer.
  return `FROM ${MEASUREMENT} WHERE time >= ${fromUs}000 AND time < ${toUs}000${sensor}${place}`;
}
