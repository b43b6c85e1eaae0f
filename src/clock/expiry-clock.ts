import type { SteadyClock } from './steady-clock.js';
import { isPlausible } from './plausible-time.js';

/** For each hour that the gateway runs, the time advances by a day at most. */
const MAX_SPEED = 24;

/**
 * The time that everything goes by that expires. It is never ahead of the machine's clock, and cannot leap: while the gateway
 * runs, it advances by at most a day for each hour beyond the last time that was noted. So a clock that stands years ahead
 * deletes nothing before somebody can look, and after months switched off expiry is late by some hours.
 */
export class ExpiryClock {
  private reachedMs: number | undefined;
  private steadyMs: number;

  /**
   * @param notedMs the last time that an earlier run noted; undefined when there is none, and the machine's clock is believed
   * @param wallMs the machine's clock, milliseconds since the Unix epoch
   */
  constructor(
    notedMs: number | undefined,
    private readonly wallMs: () => number,
    private readonly steady: Pick<SteadyClock, 'ms'>,
  ) {
    this.reachedMs = notedMs;
    this.steadyMs = steady.ms;
  }

  /** Milliseconds since the Unix epoch. While the machine's clock is not set, the time stands still. */
  get nowMs(): number {
    const wallMs = this.wallMs();
    const elapsedMs = this.steady.ms - this.steadyMs;
    this.steadyMs += elapsedMs;
    if (!isPlausible(wallMs)) return this.reachedMs ?? 0;
    this.reachedMs = Math.min(wallMs, (this.reachedMs ?? wallMs) + elapsedMs * MAX_SPEED);
    return this.reachedMs;
  }
}
