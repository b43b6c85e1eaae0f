import { RELEASED } from '../common/config/version.js';

/** A clock in local time may be behind by up to half a day, and a release has a date only. */
const SLACK_MS = 86_400_000;
const EARLIEST_MS = Date.parse(RELEASED) - SLACK_MS;
/** The year 2200: timestamps some decades later are no longer safe integers. */
export const LATEST_MS = 7_258_118_400_000;

/**
 * Whether a clock may show this time: no gateway runs before it was released. Machines without a battery wake in 1970, or in
 * the year that their clock was made.
 * @param ms milliseconds since the Unix epoch
 */
export function isPlausible(ms: number): boolean {
  return ms >= EARLIEST_MS && ms < LATEST_MS;
}
