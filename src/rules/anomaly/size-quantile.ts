import type { StateReader, StateWriter } from './state-bytes.js';

/** The logarithm of a size below every size that matters, 1e-304; a double can still be divided by it. */
const NOTHING = -700;

/** The first guess counts like this many readings. */
const FIRST_WEIGHT = 32;

/** At first, the size moves 1.5 times as fast as a mean would, to leave a wrong first guess. */
const HASTE = 1.5;

/**
 * The best step is one over the density at the quantile. For a tail that falls like x^-4, between heavy tails and normal
 * ones, that density is four times the share.
 */
const STEEPNESS = 4;

/**
 * A size that no deviation has exceeded for this many readings is far too large, and sinks by 1/20 with each reading.
 * Otherwise one value like 3.4e38 from a sensor that had been constant would blind the detector for good.
 */
const QUIET = 8192;
const SINKING = 0.05;

/**
 * Tracks the size that a given share of deviations exceeds, in constant memory, by stochastic approximation of a quantile
 * (Robbins and Monro, "A stochastic approximation method", 1951). It works on the logarithm, so that a sensor in pascal is
 * tracked like one in bar. It only matters whether a deviation exceeds the size, not by how much.
 */
export class SizeQuantile {
  /** Natural logarithm of the size. */
  private log = NOTHING;
  private seen = 0;
  /** Deviations in a row that did not exceed the size. */
  private quiet = 0;

  /**
   * @param share the part of the deviations that exceeds the size, between 0 and 1
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
   * @param logFloor natural logarithm below which the size never sinks
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
