import { PUSHED, type Stamp } from '../model/stamp.js';

/** Both clocks are rounded to the millisecond, and are read one after the other. */
const ROUNDING_US = 2_000;

/** The time of a reading. */
export interface ReadingTime {
  /** Its timestamp, microseconds since the Unix epoch. */
  readonly timestampUs: number;
  /** The running time at which the gateway gave that timestamp; undefined when a device did. */
  readonly givenMs: number | undefined;
}

/**
 * The time from one reading to another. Between two timestamps that the gateway gave, the running time counts, because the
 * machine's clock may have leapt; where the two agree, the timestamps are finer.
 * @returns microseconds; negative when the clock behind the timestamps was set back
 */
export function elapsedUs(from: ReadingTime, to: ReadingTime): number {
  const byTimestampsUs = to.timestampUs - from.timestampUs;
  if (from.givenMs === undefined || to.givenMs === undefined) return byTimestampsUs;
  const runningUs = (to.givenMs - from.givenMs) * 1000;
  return Math.abs(byTimestampsUs - runningUs) <= ROUNDING_US ? byTimestampsUs : runningUs;
}

/** The newest reading of a sensor, as far as the time since then depends on it. */
interface Newest {
  readonly newestUs: number | undefined;
  readonly stamp: Stamp;
  readonly givenMs: number | undefined;
}

/**
 * @param runFromMs the running time when this run of the gateway began
 * @returns undefined when there is no newest reading, or when nobody knows the time that has passed since then
 */
export function secondsSinceNewest(
  newest: Newest,
  timestampUs: number,
  stamp: Stamp,
  givenMs: number | undefined,
  runFromMs: number,
): number | undefined {
  if (newest.newestUs === undefined) return undefined;
  // While the gateway was off, only the timestamps went on.
  const isSameRun = newest.givenMs !== undefined && newest.givenMs >= runFromMs;
  const newestMs = isSameRun ? newest.givenMs : undefined;
  if (newest.stamp === PUSHED || stamp === PUSHED) {
    // A timestamp that was pushed says nothing of the time that has passed.
    const passedMs = newestMs !== undefined && givenMs !== undefined ? givenMs - newestMs : 0;
    return passedMs > 0 ? passedMs / 1000 : undefined;
  }
  const us = elapsedUs({ timestampUs: newest.newestUs, givenMs: newestMs }, { timestampUs, givenMs });
  return us > 0 ? us / 1e6 : undefined;
}
