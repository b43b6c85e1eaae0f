import type { StateReader, StateWriter } from './state-bytes.js';

/** One interval changes the usual one by at most 1/32, so that a gap does not make it much longer. */
const STEP = 1 / 32;

/** The usual time between two readings of a sensor: the median, tracked in constant memory. */
export class Interval {
  private lastUs: number;
  private usualUs: number;

  constructor(saved?: StateReader) {
    this.lastUs = saved?.next() ?? NaN;
    this.usualUs = saved?.next() ?? NaN;
  }

  /** @returns the usual intervals since the reading before, at least 1 */
  update(timestampUs: number): number {
    const sinceUs = timestampUs - this.lastUs;
    this.lastUs = timestampUs;
    // Also for the first reading: sinceUs is NaN.
    if (!(sinceUs > 0)) return 1;
    if (Number.isNaN(this.usualUs)) this.usualUs = sinceUs;
    const gap = Math.max(1, sinceUs / this.usualUs);
    this.usualUs *= sinceUs > this.usualUs ? 1 + STEP : sinceUs < this.usualUs ? 1 - STEP : 1;
    return gap;
  }

  save(state: StateWriter): void {
    state.put(this.lastUs, this.usualUs);
  }
}
