import { STAMP_STEP_US } from '../model/stamp.js';

/** Timestamps that the gateway may have given: those with one residue, from one time to another, both included. */
export interface StampRange {
  readonly residue: number;
  /** Microseconds since the Unix epoch. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** A range begins with each step back that is believed, so these last for a long time. */
const MAX_RANGES = 256;

/** A stretch of time with a residue under which nothing in it was given. */
export interface FreeStretch {
  readonly residue: number;
  readonly fromUs: number;
}

/**
 * The timestamps that were given before the clock was set back. A stretch of time that is passed again gets another residue, so
 * no timestamp is given twice. There are few of them; beyond MAX_RANGES, the closest ones are merged, which takes
 * more than was given and never less.
 */
export class StampRanges {
  private ranges: StampRange[];

  constructor(ranges: readonly StampRange[]) {
    this.ranges = [...ranges];
  }

  get all(): readonly StampRange[] {
    return this.ranges;
  }

  add(range: StampRange): void {
    this.ranges.push(range);
    if (this.ranges.length > MAX_RANGES) this.mergeClosest();
  }

  /** @returns where the next range of a residue begins at or after a time; Infinity when there is none */
  nextFrom(residue: number, atUs: number): number {
    let next = Infinity;
    for (const range of this.ranges)
      if (range.residue === residue && range.toUs >= atUs) next = Math.min(next, range.fromUs);
    return next;
  }

  /**
   * Finds where timestamps can be given from a time on.
   * @param first the residue to try first
   * @param lengthUs how long the stretch must be
   * @returns the earliest such stretch; only after the same time was passed 64 times it begins later than `atUs`
   */
  findFree(first: number, atUs: number, lengthUs: number): FreeStretch {
    const begins = [atUs, ...this.ranges.map(({ toUs }) => toUs + 1).filter((us) => us > atUs)];
    for (const fromUs of begins.sort((a, b) => a - b)) {
      // Best is a residue that no later stretch has, so that the gateway need not change it again.
      for (const untilUs of [Infinity, fromUs + lengthUs]) {
        for (let step = 0; step < STAMP_STEP_US; step += 1) {
          const residue = (first + step) % STAMP_STEP_US;
          if (this.nextFrom(residue, fromUs) >= untilUs) return { residue, fromUs };
        }
      }
    }
    throw new RangeError(`No timestamps are left from ${atUs} on`);
  }

  /** Merges the two ranges of one residue that have the smallest gap between them. */
  private mergeClosest(): void {
    const sorted = this.ranges.sort((a, b) => a.residue - b.residue || a.fromUs - b.fromUs);
    let closest = 1;
    let smallestUs = Infinity;
    for (let index = 1; index < sorted.length; index += 1) {
      const [before, range] = [sorted[index - 1], sorted[index]];
      if (before?.residue !== range?.residue || !before || !range) continue;
      const gapUs = range.fromUs - before.toUs;
      if (gapUs < smallestUs) [closest, smallestUs] = [index, gapUs];
    }
    const [before, range] = [sorted[closest - 1], sorted[closest]];
    if (!before || !range) return;
    const merged = { ...before, toUs: Math.max(before.toUs, range.toUs) };
    this.ranges = sorted.toSpliced(closest - 1, 2, merged);
  }
}
