import type { Stamp } from '../model/stamp.js';
import { isPlausible } from './plausible-time.js';
import type { SteadyClock, SteadyTime } from './steady-clock.js';
import type { StampAllocator, StampState } from './stamp-allocator.js';

/** A disk that is slow gets more time between two saves, so that stamps do not run out while it works. */
const MARGIN = 4;
const MAX_SAVE_MS = 60_000;

/**
 * Gives readings without a timestamp the time of acceptance, unique for each sensor (see StampAllocator). Stamps are reserved
 * on disk before they are given.
 */
export class AcceptanceClock {
  private extending: Promise<void> | undefined;
  private lastUs = 0;
  private lastMs = 0;
  private saveTookMs = 0;

  /**
   * @param wallUs the machine's clock, microseconds since the Unix epoch
   * @param save writes the state to disk
   */
  constructor(
    private readonly stamps: StampAllocator,
    private readonly wallUs: () => number,
    private readonly steady: Pick<SteadyClock, 'ms' | 'run'>,
    private readonly save: (state: StampState) => Promise<void>,
  ) {}

  /** The time of the last begin(), microseconds since the Unix epoch. */
  get nowUs(): number {
    return this.lastUs;
  }

  /** The same moment by the monotonic clock. */
  get steadyTime(): SteadyTime {
    return { run: this.steady.run, ms: Math.round(this.lastMs) };
  }

  /** Whether the time of the last begin() is one that a clock may show. */
  get isSet(): boolean {
    return isPlausible(this.lastUs / 1000);
  }

  /** The residue of stamps that are given now, 0 to 63. */
  get residue(): number {
    return this.stamps.currentResidue;
  }

  /**
   * Takes the present time, for the readings of one request.
   * @param count how many stamps may be asked for
   * @returns false when these must be reserved first: then call reserve(), and begin() again
   */
  begin(count: number): boolean {
    this.lastUs = this.wallUs();
    this.lastMs = this.steady.ms;
    // What a clock shows that is not set says nothing about the stamps before.
    if (!this.isSet) return true;
    const isReady = this.stamps.begin(this.lastUs, this.lastMs * 1000, count);
    if (count > 0 && this.stamps.isRunningLow) this.reserve().catch(() => undefined);
    return isReady;
  }

  /**
   * Reserves stamps on disk.
   * @throws Error when the disk does not take it
   */
  reserve(): Promise<void> {
    this.extending ??= this.extend().finally(() => {
      this.extending = undefined;
    });
    return this.extending;
  }

  /**
   * The next stamp of a sensor, after a begin() that returned true; not while the clock is not set.
   * @returns microseconds since the Unix epoch; undefined when the sensor sends so many readings that its stamps
   *   would be too far ahead of the clock
   */
  next(sensorId: string): number | undefined {
    return this.stamps.next(sensorId);
  }

  /** Makes a sensor's last stamp free again, because nothing was kept under it. Later ones must be taken back before. */
  takeBack(sensorId: string, stampUs: number): void {
    this.stamps.takeBack(sensorId, stampUs);
  }

  /** Whether a stamp from next() is ahead of the clock. */
  kindOf(stampUs: number): Stamp {
    return this.stamps.kindOf(stampUs);
  }

  private async extend(): Promise<void> {
    const state = this.stamps.toSave(this.saveTookMs * MARGIN * 1000);
    const begunMs = this.steady.ms;
    await this.save(state);
    this.saveTookMs = Math.min(MAX_SAVE_MS, this.steady.ms - begunMs);
    this.stamps.saved(state);
  }
}
