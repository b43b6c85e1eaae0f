/** For each hour that the gateway runs, the expiry clock advances by a day at most. */
export const MAX_SPEED = 24;

/** The machine's clock and the expiry clock at one moment, milliseconds since the Unix epoch. */
export interface ClockTimes {
  readonly wallMs: number;
  readonly expiryMs: number;
}

/** The machine's clock was set while the gateway ran. */
export interface Leap {
  /** What the clocks would show now without it; undefined when the machine's clock was not set before, in this run. */
  readonly before: ClockTimes | undefined;
  readonly after: ClockTimes;
}

/** What the clocks show after some more running, when nobody sets them. */
export function advance({ wallMs, expiryMs }: ClockTimes, ranMs: number): ClockTimes {
  const laterMs = wallMs + ranMs;
  return { wallMs: laterMs, expiryMs: Math.min(laterMs, expiryMs + ranMs * MAX_SPEED) };
}

/**
 * Corrects a time of the expiry clock after a leap.
 * @param ms milliseconds since the Unix epoch
 * @returns the time that lies after as much running as the given one did before the leap
 */
export function moveWith({ before, after }: Leap, ms: number): number {
  if (!before) return ms;
  if (ms <= before.expiryMs) return Math.min(ms, after.expiryMs);
  const runningMs = Math.max(ms - before.wallMs, (ms - before.expiryMs) / MAX_SPEED);
  return advance(after, runningMs).expiryMs;
}
