import { clip } from './clip.js';
import type { StateReader, StateWriter } from './state-bytes.js';

const DAY_US = 86_400_000_000;

/** Slots of a day, half an hour each. */
const SLOTS = 48;

/** Days after which older ones have lost most of their weight. */
const MEMORY_DAYS = 7;

/** Readings over which the mean sizes with and without the profile are compared. */
const TRIAL = 1440;

/**
 * One reading counts as at most this many usual sizes away from the profile. That is enough for a sensor that is steady
 * at night and far away during the day: its profile must follow within days.
 */
const MAX_SIZES = 16;

/**
 * The usual deviation of a sensor from its level at each time of the day (UTC). It counts from the second day on, as far
 * as it makes the deviations smaller: not at all for a sensor without a daily rhythm, in full when it halves them.
 */
export class DayProfile {
  /** Per slot, the mean deviation from the level. */
  private readonly offsets: number[];
  /** Per slot, how many days its mean covers. */
  private readonly days: number[];
  /** The current slot, or −1 before the first reading; its mean so far, of this many readings. */
  private slot: number;
  private mean: number;
  private readings: number;
  /** Mean size of deviations, without and with the profile, of this many readings. */
  private withoutProfile: number;
  private withProfile: number;
  private tried: number;

  constructor(saved?: StateReader) {
    this.offsets = saved?.take(SLOTS) ?? Array<number>(SLOTS).fill(0);
    this.days = saved?.take(SLOTS) ?? Array<number>(SLOTS).fill(0);
    this.slot = saved?.next() ?? -1;
    this.mean = saved?.next() ?? 0;
    this.readings = saved?.next() ?? 0;
    this.withoutProfile = saved?.next() ?? 0;
    this.withProfile = saved?.next() ?? 0;
    this.tried = saved?.next() ?? 0;
  }

  /** The weight of the profile: 0 when it does not help, 1 when it halves the deviations or does better. */
  get trust(): number {
    return this.withoutProfile > 0
      ? Math.min(1, Math.max(0, 2 * (1 - this.withProfile / this.withoutProfile)))
      : 0;
  }

  /**
   * Learns from a deviation.
   * @param deviation from the level
   * @param usual size of a deviation: what is far beyond it counts only in part
   * @returns the deviation expected at this time of the day, from the days before; undefined on the first day
   */
  update(deviation: number, timestampUs: number, usual: number): number | undefined {
    const slot = Math.floor((modulo(timestampUs, DAY_US) / DAY_US) * SLOTS);
    if (slot !== this.slot) this.finishSlot(slot);
    const offset = this.offsets[slot] ?? 0;
    const limit = MAX_SIZES * usual;
    const rest = clip(deviation - offset, limit);
    this.readings += 1;
    this.mean += (offset + rest - this.mean) / this.readings;
    if ((this.days[slot] ?? 0) === 0) return undefined;
    this.tried = Math.min(TRIAL, this.tried + 1);
    this.withoutProfile += (Math.abs(clip(deviation, limit)) - this.withoutProfile) / this.tried;
    this.withProfile += (Math.abs(rest) - this.withProfile) / this.tried;
    return offset;
  }

  save(state: StateWriter): void {
    state.put(...this.offsets, ...this.days);
    state.put(this.slot, this.mean, this.readings, this.withoutProfile, this.withProfile, this.tried);
  }

  private finishSlot(next: number): void {
    const days = this.days[this.slot];
    const offset = this.offsets[this.slot];
    if (days !== undefined && offset !== undefined) {
      const weight = Math.min(MEMORY_DAYS, days + 1);
      this.days[this.slot] = weight;
      this.offsets[this.slot] = offset + (this.mean - offset) / weight;
    }
    this.slot = next;
    this.mean = 0;
    this.readings = 0;
  }
}

/** Never negative, unlike %: times before 1970 are negative. */
function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
