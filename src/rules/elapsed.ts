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
