import type { StateReader, StateWriter } from './state-bytes.js';

/** Until the sensor's own tail is known, it is assumed to fall like x^-3: heavy, so as not to alert too early. */
const FIRST_GUESS = 0.33;
const FIRST_WEIGHT = 10;
/** Exceedances after which older ones have lost most of their weight. */
const MEMORY = 200;
/** A tail thinner than x^-10 is not believed: a normal distribution falls like x^-8 in this range. */
const THINNEST = 0.1;
/** One exceedance counts as at most e^2 = 7.4 times the size, so that an extreme one does not hide the next. */
const LONGEST = 2;

/**
 * How heavy the tail of a sensor's deviations is: the mean logarithm by which those beyond a high quantile exceed it
 * (Hill, "A simple general approach to inference about the tail of a distribution", Annals of Statistics 3, 1975).
 * Rating streams by such a tail instead of by a bell curve follows Siffer et al., "Anomaly detection in streams with
 * extreme value theory" (KDD 2017).
 */
export class Tail {
  private heaviness: number;
  private weight: number;

  constructor(saved?: StateReader) {
    this.heaviness = saved?.next() ?? FIRST_GUESS;
    this.weight = saved?.next() ?? FIRST_WEIGHT;
  }

  /**
   * @param logExcess natural logarithm of a deviation divided by the quantile, above 0
   * @returns decimal places by which it is rarer than a deviation that just reaches the quantile
   */
  rarity(logExcess: number): number {
    return (logExcess / this.heaviness) * Math.LOG10E;
  }

  update(logExcess: number): void {
    this.weight = Math.min(MEMORY, this.weight + 1);
    this.heaviness += (Math.min(LONGEST, logExcess) - this.heaviness) / this.weight;
    if (this.heaviness < THINNEST) this.heaviness = THINNEST;
  }

  save(state: StateWriter): void {
    state.put(this.heaviness, this.weight);
  }
}
