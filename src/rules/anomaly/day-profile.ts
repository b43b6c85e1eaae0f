import { clip } from './clip.js';
import type { StateReader, StateWriter } from './state-bytes.js';

const DAY_US = 86_400_000_000;

/** Half an hour each. */
const SLOTS = 48;

/** Days after which older ones have lost most of their weight. */
const MEMORY_DAYS = 7;

/** Readings over which the profile must prove itself before it counts. */
const TRIAL = 1440;

/**
 * One reading counts at most this many usual sizes away from the profile: enough for a sensor that is steady all
 * night and far away all day, whose profile must get there within days.
 */
const LOUDEST = 16;

/**
 * What a sensor does at each time of the day (UTC), above or below its level. It counts from the second day on, as
 * far as it has made the deviations smaller: not at all for a sensor without a daily rhythm, in full for one whose
 * deviations it halves.
 */
export class DayProfile {
  /** Per slot, the mean deviation from the level. */
  private readonly offsets: number[];
  /** Per slot, the days that went into it. */
  private readonly days: number[];
  /** The slot that is under way, or −1 before the first reading; its mean so far, of this many readings. */
  private slot: number;
  private mean: number;
  private readings: number;
  /** Mean size of deviations, without and with the profile, of this many readings. */
  private without: number;
  private withIt: number;
  private tried: number;

  constructor(saved?: StateReader) {
    this.offsets = saved?.take(SLOTS) ?? Array<number>(SLOTS).fill(0);
    this.days = saved?.take(SLOTS) ?? Array<number>(SLOTS).fill(0);
    this.slot = saved?.next() ?? -1;
    this.mean = saved?.next() ?? 0;
    this.readings = saved?.next() ?? 0;
    this.without = saved?.next() ?? 0;
    this.withIt = saved?.next() ?? 0;
    this.tried = saved?.next() ?? 0;
  }

  /** How far to go by it: 0 where it does not help, 1 where it halves the deviations or does better. */
  get trust(): number {
    return this.without > 0 ? Math.min(1, Math.max(0, 2 * (1 - this.withIt / this.without))) : 0;
  }

  /**
   * Learns from a deviation.
   * @param deviation from the level
   * @param usual size of a deviation: what is far beyond counts only in part
   * @returns what is expected of it at this time of the day, going by the days before; undefined on the first one
   */
  update(deviation: number, timestampUs: number, usual: number): number | undefined {
    const slot = Math.floor((modulo(timestampUs, DAY_US) / DAY_US) * SLOTS);
    if (slot !== this.slot) this.finishSlot(slot);
    const offset = this.offsets[slot] ?? 0;
    const limit = LOUDEST * usual;
    const rest = clip(deviation - offset, limit);
    this.readings += 1;
    this.mean += (offset + rest - this.mean) / this.readings;
    if ((this.days[slot] ?? 0) === 0) return undefined;
    this.tried = Math.min(TRIAL, this.tried + 1);
    this.without += (Math.abs(clip(deviation, limit)) - this.without) / this.tried;
    this.withIt += (Math.abs(rest) - this.withIt) / this.tried;
    return offset;
  }

  save(state: StateWriter): void {
    state.put(...this.offsets, ...this.days);
    state.put(this.slot, this.mean, this.readings, this.without, this.withIt, this.tried);
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

/** Also for times before 1970, which % makes negative. */
function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
