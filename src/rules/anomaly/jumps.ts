import { clip } from './clip.js';
import type { Start } from './robust-start.js';
import { SizeQuantile } from './size-quantile.js';
import type { StateReader, StateWriter } from './state-bytes.js';
import { Tail } from './tail.js';

/** Readings over which the level of the last few readings is smoothed. */
const SMOOTHING = 8;

/** The share of readings that counts as the tail, and how many decimal places that is. */
const TAIL_SHARE = 0.01;
const TAIL_PLACES = 2;

const MEMORY = 4096;

/**
 * Looks at the single reading: how rare is its distance from the level of the last few? The level is their exponential
 * smoothing, where each deviation is first limited to the usual size (Gelper, Fried and Croux 2010), so that a spike does
 * not make the readings after it look wrong.
 */
export class Jumps {
  private level: number;
  private readonly size: SizeQuantile;
  private readonly tail: Tail;

  constructor(saved?: StateReader) {
    this.level = saved?.next() ?? 0;
    this.size = new SizeQuantile(TAIL_SHARE, MEMORY, saved);
    this.tail = new Tail(saved);
  }

  start({ level, distance }: Start): void {
    this.level = level;
    // For normal noise, 1 % of the readings are beyond 3.8 times the median distance.
    this.size.start(Math.log(3.8 * distance));
  }

  /**
   * @param gap usual intervals since the reading before, at least 1
   * @param logFloor natural logarithm of the smallest usual size
   * @returns how rare the reading is, in decimal places: 6 is once in a million; 0 when it is not in the tail
   */
  update(value: number, gap: number, logFloor: number): number {
    const deviation = value - this.level;
    // A value that wanders gets further in a longer time, like the square root of the time.
    const logDeviation = Math.log(Math.abs(deviation)) - 0.5 * Math.log(gap);
    const logSize = Math.max(this.size.logSize, logFloor);
    const limit = Math.exp(logSize) * Math.sqrt(gap);
    this.level += clip(deviation, limit) * Math.min(1, gap / SMOOTHING);
    this.size.update(logDeviation, logFloor);
    const logExcess = logDeviation - logSize;
    if (!(logExcess > 0)) return 0;
    const rarity = TAIL_PLACES + this.tail.rarity(logExcess);
    this.tail.update(logExcess);
    return rarity;
  }

  save(state: StateWriter): void {
    state.put(this.level);
    this.size.save(state);
    this.tail.save(state);
  }
}
