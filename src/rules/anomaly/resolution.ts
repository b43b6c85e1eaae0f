import type { StateReader, StateWriter } from './state-bytes.js';

/** Changes after which older ones have lost most of their weight. */
const MEMORY = 128;

/** The first changes count for less: after k of them, the floor is lower by the factor e^(8/k). */
const DOUBT = 8;

/**
 * The usual size of a change from one reading to the next; equal readings do not count. For a sensor that counts in
 * steps, or a switch, deviations below this size mean nothing, although most of the time the value does not change.
 */
export class Resolution {
  private last: number;
  private changes: number;
  /** Mean of the natural logarithms of the changes: an extreme one has little weight there. */
  private logMean: number;

  constructor(saved?: StateReader) {
    this.last = saved?.next() ?? NaN;
    this.changes = saved?.next() ?? 0;
    this.logMean = saved?.next() ?? 0;
  }

  /**
   * The smallest usual size, as a natural logarithm; −∞ before the first change. The first changes ever are surprising, so
   * they count for little.
   */
  get logFloor(): number {
    return this.changes === 0 ? -Infinity : this.logMean - DOUBT / this.changes;
  }

  update(value: number): void {
    const change = Math.abs(value - this.last);
    this.last = value;
    // Also false for the first reading: the change is NaN.
    if (!(change > 0)) return;
    this.changes += 1;
    this.logMean += (Math.log(change) - this.logMean) / Math.min(MEMORY, this.changes);
  }

  save(state: StateWriter): void {
    state.put(this.last, this.changes, this.logMean);
  }
}
