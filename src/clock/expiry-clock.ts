import { advance, type ClockTimes, type Leap, MAX_SPEED } from './leap.js';
import { isPlausible, LATEST_MS } from './plausible-time.js';
import type { SteadyClock } from './steady-clock.js';

/** A smaller step of the machine's clock is not worth correcting what expires. */
const MIN_LEAP_MS = 10_000;

/**
 * The time that everything goes by that expires. It is never ahead of the machine's clock, and cannot leap: while the gateway
 * runs, it advances by at most a day for each hour beyond the last time that was noted. So a clock that stands years ahead
 * deletes nothing before somebody can look, and after months switched off expiry is late by some hours.
 */
export class ExpiryClock {
  private readonly listeners: ((leap: Leap) => void)[] = [];
  /** What it showed when this run began, milliseconds since the Unix epoch. */
  readonly beginMs: number;
  private reachedMs: number | undefined;
  private isSet = false;
  /** As of the last time that the machine's clock was read and was set. */
  private last: (ClockTimes & { readonly steadyMs: number }) | undefined;

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
    this.read();
    this.beginMs = (this.reachedMs ?? 0) - steady.ms;
  }

  /** Milliseconds since the Unix epoch. While the machine's clock is not set, the time stands still. */
  get nowMs(): number {
    this.read();
    return this.reachedMs ?? 0;
  }

  /** What the machine's clock shows, milliseconds since the Unix epoch; undefined while it is not set. */
  get dateMs(): number | undefined {
    this.read();
    return this.isSet ? this.last?.wallMs : undefined;
  }

  /**
   * When something ends that lasts for a while from now on. This clock does not show that time earlier, unless the machine's
   * clock leaps forward; then the rest of the duration takes at least 1/24 of its time.
   * @returns a time of this clock, at most 24 durations ahead of it; without any known time, the latest one that there is
   */
  after(durationMs: number): number {
    const { dateMs, reachedMs } = this;
    const atFullSpeed = reachedMs === undefined ? LATEST_MS : reachedMs + durationMs * MAX_SPEED;
    return dateMs === undefined ? atFullSpeed : Math.min(dateMs + durationMs, atFullSpeed);
  }

  /**
   * Calls the listener when the machine's clock was set, before any time after that is given. A change of some seconds
   * does not count.
   */
  onLeap(listener: (leap: Leap) => void): void {
    this.listeners.push(listener);
  }

  private read(): void {
    const wallMs = this.wallMs();
    const wasSet = this.isSet;
    this.isSet = isPlausible(wallMs);
    if (!this.isSet) return;
    const { last } = this;
    const steadyMs = this.steady.ms;
    const ranMs = last ? steadyMs - last.steadyMs : 0;
    const before = last && advance(last, ranMs);
    // While the machine's clock was not set, nothing advanced.
    const furthestMs = (this.reachedMs ?? wallMs) + (wasSet ? ranMs * MAX_SPEED : 0);
    this.reachedMs = Math.min(wallMs, furthestMs);
    this.last = { wallMs, expiryMs: this.reachedMs, steadyMs };
    if (before && Math.abs(wallMs - before.wallMs) < MIN_LEAP_MS) return;
    for (const listener of this.listeners) listener({ before, after: this.last });
  }
}
