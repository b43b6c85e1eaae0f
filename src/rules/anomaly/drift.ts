import { clip } from './clip.js';
import { DayProfile } from './day-profile.js';
import type { Start } from './robust-start.js';
import { SizeQuantile } from './size-quantile.js';
import type { StateReader, StateWriter } from './state-bytes.js';

/** Readings over which the usual level is smoothed: a week of a sensor that sends every 5 minutes. */
const LEVEL_MEMORY = 2048;

/** Readings over which deviations from the level are averaged: 8 hours of such a sensor. */
const SMOOTHING = 96;

/** The share of deviations that exceed the usual size, and the readings over which that size is learnt. */
const USUAL_SHARE = 0.15;
const SIZE_MEMORY = 4096;

/** In the average, a single reading counts as at most this many usual sizes. */
const MAX_SIZES = 8;

/**
 * Looks at the last hours together: how far is their mean from the usual level, without the daily rhythm? The unit is the
 * usual deviation of a single reading. Level and rhythm are learnt by robust Holt-Winters smoothing (Gelper, Fried and
 * Croux 2010): no reading moves them by more than its share of the usual size.
 */
export class Drift {
  private level: number;
  private mean: number;
  private seen: number;
  private readonly profile: DayProfile;
  /** The usual size of deviations from the level, and from the level and the time of the day together. */
  private readonly fromLevel: SizeQuantile;
  private readonly fromBoth: SizeQuantile;

  constructor(saved?: StateReader) {
    this.level = saved?.next() ?? 0;
    this.mean = saved?.next() ?? 0;
    this.seen = saved?.next() ?? 0;
    this.profile = new DayProfile(saved);
    this.fromLevel = new SizeQuantile(USUAL_SHARE, SIZE_MEMORY, saved);
    this.fromBoth = new SizeQuantile(USUAL_SHARE, SIZE_MEMORY, saved);
  }

  start({ level, distance }: Start): void {
    this.level = level;
    // For normal noise, 15 % of the readings are beyond 2.1 times the median distance.
    this.fromLevel.start(Math.log(2.1 * distance));
  }

  /**
   * @param logFloor natural logarithm of the smallest usual size
   * @returns the mean deviation of the last readings in usual sizes, 0 to 8
   */
  update(value: number, timestampUs: number, logFloor: number): number {
    const { trust } = this.profile;
    const logSize = trust * this.fromBoth.logSize + (1 - trust) * this.fromLevel.logSize;
    const usual = Math.exp(Math.max(logSize, logFloor));
    const off = value - this.level;
    const expected = this.profile.update(off, timestampUs, usual);
    const deviation = off - trust * (expected ?? 0);
    this.seen = Math.min(LEVEL_MEMORY, this.seen + 1);
    this.level += clip(deviation, usual) / this.seen;
    this.mean += (clip(deviation, MAX_SIZES * usual) - this.mean) / SMOOTHING;
    this.fromLevel.update(Math.log(Math.abs(off)), logFloor);
    if (expected !== undefined) this.learnFromBoth(off - expected, logFloor);
    return Math.min(MAX_SIZES, Math.abs(this.mean) / usual);
  }

  save(state: StateWriter): void {
    state.put(this.level, this.mean, this.seen);
    this.profile.save(state);
    this.fromLevel.save(state);
    this.fromBoth.save(state);
  }

  private learnFromBoth(deviation: number, logFloor: number): void {
    // The first day's size is far too large for a sensor with a rhythm; as a first guess it sinks fast.
    if (this.fromBoth.fresh) this.fromBoth.start(this.fromLevel.logSize);
    this.fromBoth.update(Math.log(Math.abs(deviation)), logFloor);
  }
}
