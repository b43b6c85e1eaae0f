import type { AnomalyDetector, Observation } from './anomaly-detector.js';
import { clip } from './clip.js';
import { Drift } from './drift.js';
import { Interval } from './interval.js';
import { Jumps } from './jumps.js';
import { Resolution } from './resolution.js';
import { RobustStart } from './robust-start.js';
import { type StateReader, StateWriter } from './state-bytes.js';

/** No score before this many readings, two days of one every 5 minutes, and this long in event time. */
const LEARNING_READINGS = 576;
const LEARNING_US = 3_600_000_000;

/** The rarity of a single reading (5 is once in 100,000), and the drift in usual sizes, that give the score 0.5. */
export const RARE = 5;
export const FAR = 1.6;

/** How steeply the score rises around 0.5. */
export const STEEPNESS = 4;

/** After this many scores of 0.5 or more in a row, the new behaviour is normal. */
const NEW_NORMAL_READINGS = 2048;

/** Larger values count as this one, so that no difference or product overflows a double. */
const LARGEST = 1e290;

/**
 * A detector that is robust to level and daily rhythm, in constant memory, with two views of a sensor: the single
 * reading (Jumps) and the last hours together (Drift). The larger surprise gives the score.
 */
export class SeasonalDetector implements AnomalyDetector {
  private seen: number;
  private firstUs: number;
  private alarmed: number;
  private start: RobustStart;
  private readonly interval: Interval;
  private readonly resolution: Resolution;
  private jumps: Jumps;
  private drift: Drift;

  constructor(saved?: StateReader) {
    this.seen = saved?.next() ?? 0;
    this.firstUs = saved?.next() ?? 0;
    this.alarmed = saved?.next() ?? 0;
    this.start = new RobustStart(saved);
    this.interval = new Interval(saved);
    this.resolution = new Resolution(saved);
    this.jumps = new Jumps(saved);
    this.drift = new Drift(saved);
  }

  score(readings: readonly Observation[]): Promise<number[]> {
    return Promise.resolve(readings.map((reading) => this.scoreOne(reading)));
  }

  save(): Uint8Array {
    const state = new StateWriter();
    state.put(this.seen, this.firstUs, this.alarmed);
    for (const part of [this.start, this.interval, this.resolution, this.jumps, this.drift]) part.save(state);
    return state.bytes();
  }

  private scoreOne({ value: given, timestampUs }: Observation): number {
    const value = clip(given, LARGEST);
    const gap = this.interval.update(timestampUs);
    const { logFloor } = this.resolution;
    this.resolution.update(value);
    // After a clock was set back, it would otherwise learn until that time comes again.
    if (this.seen === 0 || timestampUs < this.firstUs) this.firstUs = timestampUs;
    this.seen += 1;
    if (!this.start.done) {
      this.begin(value);
      return 0;
    }
    const rarity = this.jumps.update(value, gap, logFloor);
    const distance = this.drift.update(value, timestampUs, logFloor);
    if (this.seen <= LEARNING_READINGS || timestampUs - this.firstUs < LEARNING_US) return 0;
    const surprise = Math.max(rarity / RARE, distance / FAR) ** STEEPNESS;
    this.alarmed = surprise < 1 ? 0 : this.alarmed + 1;
    if (this.alarmed >= NEW_NORMAL_READINGS) this.forget();
    return surprise / (1 + surprise);
  }

  private begin(value: number): void {
    const start = this.start.add(value);
    if (!start) return;
    this.jumps.start(start);
    this.drift.start(start);
  }

  /** Starts to learn again. */
  private forget(): void {
    this.seen = 0;
    this.alarmed = 0;
    this.start = new RobustStart();
    this.jumps = new Jumps();
    this.drift = new Drift();
  }
}
