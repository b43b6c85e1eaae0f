import type { StateReader, StateWriter } from './state-bytes.js';

/** Changes after which older ones have lost most of their weight. */
const MEMORY = 128;

/** How far, as a logarithm, the first changes fall short of being believed: after k of them, by a factor e^(8/k). */
const DOUBT = 8;

/**
 * The usual size of a change from one reading to the next that is a change at all. Deviations below it say nothing
 * about a sensor that counts in steps, or a switch that is on or off, although most of the time it does not move.
 */
export class Resolution {
  private last: number;
  private changes: number;
  /** Mean of the natural logarithms of the changes: a wild one weighs little there. */
  private logMean: number;

  constructor(saved?: StateReader) {
    this.last = saved?.next() ?? NaN;
    this.changes = saved?.next() ?? 0;
    this.logMean = saved?.next() ?? 0;
  }

  /**
   * What sizes may not sink below, as a natural logarithm; −∞ while nothing has changed yet. The first changes ever
   * are surprising, so they count for little.
   */
  get logFloor(): number {
    return this.changes === 0 ? -Infinity : this.logMean - DOUBT / this.changes;
  }

  update(value: number): void {
    const change = Math.abs(value - this.last);
    this.last = value;
    // Also false for the first reading, before which there is none.
    if (!(change > 0)) return;
    this.changes += 1;
    this.logMean += (Math.log(change) - this.logMean) / Math.min(MEMORY, this.changes);
  }

  save(state: StateWriter): void {
    state.put(this.last, this.changes, this.logMean);
  }
}
