import type { StateReader, StateWriter } from './state-bytes.js';

/** Enough for a median that ten wild readings cannot move far. */
const READINGS = 32;

/** The middle of a few readings, and their median distance from it. */
export interface Start {
  readonly level: number;
  readonly distance: number;
}

/**
 * Gathers the first readings and starts from their median and median absolute deviation, so that a wild first
 * reading does not stay in the level for weeks. Robust starting values are what Gelper, Fried and Croux ("Robust
 * forecasting with exponential and Holt-Winters smoothing", Journal of Forecasting 29, 2010) begin with, too.
 */
export class RobustStart {
  private readonly values: number[];
  private over: boolean;

  constructor(saved?: StateReader) {
    this.over = saved?.next() === 1;
    const count = saved?.next() ?? 0;
    this.values = saved?.take(READINGS).slice(0, count) ?? [];
  }

  /** Whether add() has given the start. */
  get done(): boolean {
    return this.over;
  }

  /** @returns the start once, when enough readings are there */
  add(value: number): Start | undefined {
    this.values.push(value);
    if (this.values.length < READINGS) return undefined;
    const level = median(this.values);
    const distance = median(this.values.map((each) => Math.abs(each - level)));
    this.values.length = 0;
    this.over = true;
    return { level, distance };
  }

  save(state: StateWriter): void {
    const unused = Array<number>(READINGS - this.values.length).fill(0);
    state.put(this.over ? 1 : 0, this.values.length, ...this.values, ...unused);
  }
}

/** Of READINGS values: the middle between the two in the middle. */
function median(values: readonly number[]): number {
  const [lower = 0, upper = 0] = values.toSorted((a, b) => a - b).slice(READINGS / 2 - 1);
  return lower / 2 + upper / 2;
}
