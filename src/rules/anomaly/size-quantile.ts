import type { StateReader, StateWriter } from './state-bytes.js';

/** The logarithm of a size below every size that matters, 1e-304, with which a double still divides properly. */
const NOTHING = -700;

/** The first guess counts like this many readings. */
const FIRST_WEIGHT = 32;

/** A young size moves by half more than a mean would, to get away from a wrong first guess. */
const HASTE = 1.5;

/**
 * The best step is one over the density at the quantile. Where tails fall like x^-4, which lies between heavy tails
 * and normal ones, that density is four times the share.
 */
const STEEPNESS = 4;

/**
 * What nothing has exceeded for so many readings is far too large, and sinks by a 20th each reading: without it, one
 * value like 3.4e38 from a sensor that had been constant would blind the detector for good.
 */
const QUIET = 8192;
const SINKING = 0.05;

/**
 * Tracks the size that a given share of deviations exceeds, in constant memory: stochastic approximation of a
 * quantile (Robbins and Monro, "A stochastic approximation method", 1951), here of the logarithm, so that a sensor
 * in pascal is tracked like one in bar. A wild deviation counts as one that exceeds, no matter by how much.
 */
export class SizeQuantile {
  /** Natural logarithm of the size. */
  private log = NOTHING;
  private seen = 0;
  /** Deviations in a row that did not exceed the size. */
  private quiet = 0;

  /**
   * @param share of the deviations that exceed the size, between 0 and 1
   * @param memory readings after which the past has lost most of its weight
   */
  constructor(
    private readonly share: number,
    private readonly memory: number,
    saved?: StateReader,
  ) {
    if (!saved) return;
    this.log = saved.next();
    this.seen = saved.next();
    this.quiet = saved.next();
  }

  /** Whether nothing is known yet. */
  get fresh(): boolean {
    return this.seen === 0;
  }

  /** @param logSize natural logarithm of a first guess, −∞ for none */
  start(logSize: number): void {
    this.log = Math.max(NOTHING, logSize);
    this.seen = FIRST_WEIGHT;
  }

  get logSize(): number {
    return this.log;
  }

  /**
   * @param logDeviation natural logarithm of the deviation
   * @param logFloor the size never sinks below this
   */
  update(logDeviation: number, logFloor: number): void {
    this.seen += 1;
    const weight = Math.max(HASTE / this.seen, 1 / this.memory);
    const step = weight / (STEEPNESS * this.share);
    const exceeds = logDeviation > this.log;
    this.quiet = exceeds ? 0 : this.quiet + 1;
    this.log += step * ((exceeds ? 1 : 0) - this.share);
    if (this.quiet > QUIET) this.log -= SINKING;
    this.log = Math.max(this.log, logFloor, NOTHING);
  }

  save(state: StateWriter): void {
    state.put(this.log, this.seen, this.quiet);
  }
}
