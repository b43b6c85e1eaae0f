import type { StateReader, StateWriter } from './state-bytes.js';

/** Enough for a median that ten extreme readings do not move far. */
const READINGS = 32;

/** The median of a few readings, and their median distance from it. */
export interface Start {
  readonly level: number;
  readonly distance: number;
}

/**
 * Collects the first readings and starts from their median and median absolute deviation, so that an extreme first
 * reading does not stay in the level for weeks. Gelper, Fried and Croux ("Robust forecasting with exponential and
 * Holt-Winters smoothing", Journal of Forecasting 29, 2010) begin with robust starting values, too.
 */
export class RobustStart {
  private readonly values: number[];
  private over: boolean;

  constructor(saved?: StateReader) {
    this.over = saved?.next() === 1;
    const count = saved?.next() ?? 0;
    this.values = saved?.take(READINGS).slice(0, count) ?? [];
  }

  /** Whether add() has returned the start. */
  get done(): boolean {
    return this.over;
  }

  /** @returns the start, once, when there are enough readings */
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

/** The median of READINGS values: the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const [lower = 0, upper = 0] = values.toSorted((a, b) => a - b).slice(READINGS / 2 - 1);
  return lower / 2 + upper / 2;
}
