import { clip } from './clip.js';
import { DayProfile } from './day-profile.js';
import type { Start } from './robust-start.js';
import { SizeQuantile } from './size-quantile.js';
import type { StateReader, StateWriter } from './state-bytes.js';

/** Readings over which the usual level is smoothed: a week of a sensor that speaks each 5 min. */
const LEVEL_MEMORY = 2048;

/** Readings over which deviations from it are averaged: 8 h of such a sensor. */
const SMOOTHING = 96;

/** The share of deviations beyond the size that counts as usual, and how slowly that size is learnt. */
const USUAL_SHARE = 0.15;
const SIZE_MEMORY = 4096;

/** A single reading counts at most this many usual sizes in the average. */
const LOUDEST = 8;

/**
 * Looks at the last hours together: how far is their mean from the usual level, daily rhythm taken off, in units of
 * what single readings deviate? Level and rhythm are learnt by robust Holt-Winters smoothing (Gelper, Fried and Croux
 * 2010): no reading moves them by more than its share of the usual size.
 */
export class Drift {
  private level: number;
  private mean: number;
  private seen: number;
  private readonly profile: DayProfile;
  private readonly size: SizeQuantile;

  constructor(saved?: StateReader) {
    this.level = saved?.next() ?? 0;
    this.mean = saved?.next() ?? 0;
    this.seen = saved?.next() ?? 0;
    this.profile = new DayProfile(saved);
    this.size = new SizeQuantile(USUAL_SHARE, SIZE_MEMORY, saved);
  }

  start({ level, distance }: Start): void {
    this.level = level;
    // For normal noise, 15 of a hundred are beyond 2.1 times the median distance.
    this.size.start(2.1 * distance);
  }

  /**
   * @param logFloor natural logarithm of what deviations are never small against
   * @returns the mean deviation of the last readings in usual sizes, 0 to 8
   */
  update(value: number, timestampUs: number, logFloor: number): number {
    const usual = Math.exp(Math.max(this.size.logSize, logFloor));
    const fromLevel = value - this.level;
    const deviation = fromLevel - this.profile.update(fromLevel, timestampUs, usual);
    this.seen = Math.min(LEVEL_MEMORY, this.seen + 1);
    this.level += clip(deviation, usual) / this.seen;
    this.mean += (clip(deviation, LOUDEST * usual) - this.mean) / SMOOTHING;
    this.size.update(Math.log(Math.abs(deviation)), logFloor);
    return Math.min(LOUDEST, Math.abs(this.mean) / usual);
  }

  save(state: StateWriter): void {
    state.put(this.level, this.mean, this.seen);
    this.profile.save(state);
    this.size.save(state);
  }
}
