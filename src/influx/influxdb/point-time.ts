import { parseTimestamp } from '../../model/timestamp.js';

/** Where the digits after the microsecond begin in a time as InfluxDB writes it. */
const MICROSECONDS_END = '2026-01-30T14:18:38.123456'.length;

/** How many points of one series may have their times in one microsecond. */
export const MAX_POINTS_IN_US = 1_000;

/** The time of a point. */
export interface PointTime {
  readonly timestampUs: number;
  /** The digits after the microsecond, which the points of other programs may have; as texts, they are in the order of time. */
  readonly finer: string;
}

/** @param text as InfluxDB writes a time: RFC 3339 in UTC, with as many digits as needed */
export function parsePointTime(text: string): PointTime | undefined {
  const timestampUs = parseTimestamp(text);
  return timestampUs === undefined ? undefined : { timestampUs, finer: text.slice(MICROSECONDS_END, -1) };
}
