import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';

/** A time on the monotonic clock, which nobody can set. Times of different runs cannot be compared. */
export interface SteadyTime {
  /** Which run of the gateway, a random number. */
  readonly run: number;
  /** Milliseconds since that run began. */
  readonly ms: number;
}

/** The monotonic clock of this run. */
export class SteadyClock {
  /** Random, for each run. */
  readonly run = randomInt(1, 2 ** 31);

  /** Milliseconds since this run began. */
  get ms(): number {
    return performance.now();
  }

  /** The present time, to the millisecond. */
  now(): SteadyTime {
    return { run: this.run, ms: Math.round(performance.now()) };
  }
}
