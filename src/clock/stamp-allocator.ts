import { type Stamp, GIVEN, PUSHED, STAMP_STEP_US } from '../model/stamp.js';
import { type StampRange, StampRanges } from './stamp-ranges.js';

/** How far beyond what is needed stamps are reserved at least: one fsync pays for so much time. */
const AHEAD_US = 1_000_000;
/** After a damaged file nobody knows how far stamps had come: as far as this beyond the clock, those of before are avoided. */
const UNKNOWN_US = 3_600_000_000;
/** With fewer sensors ahead of the clock it is not worth looking for those that no longer are. */
const MIN_PRUNED = 1_024;

/** What must survive so that no stamp is given twice. */
export interface StampState {
  /** The stamps that may have been given since the last believed step back. */
  readonly current: StampRange;
  /** The highest time that the clock has shown since then, microseconds since the Unix epoch. */
  readonly highestUs: number;
  /** The stamps that may have been given before. */
  readonly before: readonly StampRange[];
}

/**
 * Gives timestamps that are unique for each sensor: whole multiples of 64 µs, plus a residue. While the clock advances, all
 * sensors get its time. When it steps back a little, or a sensor sends faster than every 64 µs, the sensor's
 * stamps go on ahead of the clock. When it steps back further, the clock is believed, and the next residue begins.
 */
export class StampAllocator {
  private readonly before: StampRanges;
  /** By sensor; those behind `baseUs` mean nothing, and are left until there are many: a map that is emptied grows anew. */
  private readonly given = new Map<string, number>();
  private prunedSize = MIN_PRUNED;
  private residue = 0;
  /** Where the current range began, in an earlier run perhaps. */
  private rangeFromUs = 0;
  /** The first time of the current range that this run may use. */
  private fromUs = 0;
  private highestUs = 0;
  /** When the clock showed `highestUs`, by a clock that nobody can set. */
  private steadyUs: number | undefined;
  /** The earliest stamp that can be given now. */
  private baseUs = 0;
  /** The highest stamp that was given since `fromUs`. */
  private lastUs = 0;
  private nowUs = 0;
  private neededUs = 0;
  /** Where earlier stamps with this residue begin. */
  private endUs = Infinity;
  /** Stamps up to here are reserved on disk. */
  private reservedUs = 0;
  /** The same in the states that may be on their way there. */
  private promisedUs = -Infinity;

  /**
   * @param state of the previous run; undefined when it is lost, or there was none
   * @param isCertain false when a later state may have been lost; then the new state must be saved twice before stamps are
   *   given, so that it cannot be lost as easily
   * @param maxStepUs a step back by more than this is believed
   * @param residue that of the first stamps without a state
   */
  constructor(
    state: StampState | undefined,
    isCertain: boolean,
    nowUs: number,
    private readonly maxStepUs: number,
    residue: number,
  ) {
    this.before = new StampRanges(state?.before ?? []);
    if (!state) {
      this.residue = residue;
      this.startRange(nowUs, 0, residue);
      return;
    }
    const { current } = state;
    this.residue = current.residue;
    if (!isCertain) {
      // The lost state may have gone on with this residue, or begun the next one.
      const toUs = Math.max(nowUs, current.toUs) + UNKNOWN_US;
      const next = [current.fromUs, nowUs].map(
        (us) => this.before.findFree(this.nextResidue, us, 2 * AHEAD_US).residue,
      );
      this.before.add({ ...current, toUs });
      for (const one of new Set(next))
        this.before.add({ residue: one, fromUs: Math.min(nowUs, current.fromUs), toUs });
      this.startRange(nowUs, 0, this.nextResidue);
    } else if (
      nowUs > current.toUs + maxStepUs ||
      // Without a step back, only stamps that were reserved or given to fast sensors are ahead: those of others need not follow.
      current.toUs > nowUs + (state.highestUs > nowUs ? maxStepUs : 2 * AHEAD_US)
    ) {
      this.reservedUs = current.toUs;
      this.rangeFromUs = current.fromUs;
      this.endRange(nowUs, 0, nowUs > current.toUs ? this.residue : this.nextResidue);
    } else {
      this.fromUs = current.toUs + 1;
      this.highestUs = state.highestUs;
      this.lastUs = this.baseUs = current.toUs;
      this.reservedUs = current.toUs;
      this.rangeFromUs = current.fromUs;
      this.endUs = this.before.nextFrom(this.residue, this.fromUs);
    }
  }

  /** Residue of the stamps that are given now. */
  get currentResidue(): number {
    return this.residue;
  }

  /**
   * Takes the present time, which the next stamps are made from.
   * @param steadyUs the same moment by a clock that nobody can set
   * @param count how many stamps may be asked for
   * @returns false when they are not reserved on disk yet: then toSave() must be saved first
   */
  begin(nowUs: number, steadyUs: number, count: number): boolean {
    this.nowUs = nowUs;
    const expectedUs = this.highestUs + steadyUs - (this.steadyUs ?? steadyUs);
    if (nowUs < this.highestUs - this.maxStepUs) this.endRange(nowUs, count, this.nextResidue);
    // A range holds what was given and not what was leapt over: that time will be passed once more.
    else if (this.steadyUs !== undefined && nowUs > expectedUs + this.maxStepUs)
      this.endRange(nowUs, count, this.residue);
    // Nothing of it was given yet: it begins when the first stamp is needed.
    if (count > 0 && this.reservedUs < this.rangeFromUs && nowUs > this.rangeFromUs) this.moveRange(nowUs);
    if (nowUs >= this.highestUs) {
      this.highestUs = nowUs;
      this.steadyUs = steadyUs;
    }
    this.placeBase(count);
    if (this.neededUs >= this.endUs) {
      this.endRange(nowUs, count, this.nextResidue);
      this.placeBase(count);
    }
    return count === 0 || this.neededUs <= this.reservedUs;
  }

  /** Whether stamps for the near future should be reserved now, so that nobody has to wait for the disk. */
  get isRunningLow(): boolean {
    return this.neededUs + AHEAD_US / 2 > this.reservedUs;
  }

  /**
   * What must be saved, to reserve the stamps that are needed and some more. To be followed by saved().
   * @param aheadUs how much more at least
   */
  toSave(aheadUs = AHEAD_US): StampState {
    // Never less than an earlier state says: that one may be on its way to the disk, and stamps are given once it is there.
    const wantedUs = Math.min(this.neededUs + Math.max(aheadUs, AHEAD_US), this.endUs - 1);
    const toUs = (this.promisedUs = Math.max(this.promisedUs, this.reservedUs, wantedUs));
    return {
      current: { residue: this.residue, fromUs: this.rangeFromUs, toUs },
      highestUs: this.highestUs,
      before: [...this.before.all],
    };
  }

  /** What must be saved for the next run to continue at the last stamp. */
  toClose(): StampState {
    const state = this.toSave();
    return { ...state, current: { ...state.current, toUs: Math.max(this.lastUs, this.rangeFromUs) } };
  }

  /** The state is on disk. */
  saved({ current }: StampState): void {
    // Meanwhile another range may have begun.
    if (current.residue === this.residue && current.fromUs <= this.rangeFromUs)
      this.reservedUs = Math.max(this.reservedUs, current.toUs);
  }

  /**
   * Gives a sensor its next stamp.
   * @returns microseconds since the Unix epoch; undefined when the sensor's stamps are too far ahead of the clock
   */
  next(sensorId: string): number | undefined {
    const last = this.given.get(sensorId) ?? -Infinity;
    const stampUs = last < this.baseUs ? this.baseUs : last + STAMP_STEP_US;
    if (stampUs > Math.max(this.baseUs, this.nowUs) + this.maxStepUs) return undefined;
    this.given.set(sensorId, stampUs);
    this.lastUs = Math.max(this.lastUs, stampUs);
    return stampUs;
  }

  /** Makes a sensor's last stamp free again, because nothing was kept under it. Later ones must be taken back before. */
  takeBack(sensorId: string, stampUs: number): void {
    if (this.given.get(sensorId) === stampUs) this.given.set(sensorId, stampUs - STAMP_STEP_US);
  }

  /** Whether a stamp is ahead of the clock. */
  kindOf(stampUs: number): Stamp {
    return stampUs > this.nowUs ? PUSHED : GIVEN;
  }

  private placeBase(count: number): void {
    const onClockUs = this.highestUs - modulo(this.highestUs - this.residue);
    this.baseUs = Math.max(onClockUs, this.alignUp(this.fromUs));
    if (this.given.size >= 2 * this.prunedSize) this.prune();
    this.neededUs = Math.max(this.baseUs, this.lastUs) + count * STAMP_STEP_US;
  }

  private prune(): void {
    if (this.baseUs > this.lastUs) this.given.clear();
    else for (const [sensorId, stampUs] of this.given) if (stampUs < this.baseUs) this.given.delete(sensorId);
    this.prunedSize = Math.max(MIN_PRUNED, this.given.size);
  }

  /** @param residue the first one to try for what follows */
  private endRange(nowUs: number, count: number, residue: number): void {
    const { rangeFromUs, reservedUs } = this;
    if (reservedUs >= rangeFromUs)
      this.before.add({ residue: this.residue, fromUs: rangeFromUs, toUs: reservedUs });
    this.startRange(nowUs, count, residue);
  }

  private startRange(nowUs: number, count: number, first: number): void {
    const lengthUs = count * STAMP_STEP_US + 2 * AHEAD_US;
    const { residue, fromUs } = this.before.findFree(first, nowUs, lengthUs);
    this.residue = residue;
    this.highestUs = nowUs;
    this.steadyUs = undefined;
    this.moveRange(fromUs);
  }

  private moveRange(fromUs: number): void {
    this.fromUs = this.rangeFromUs = fromUs;
    this.reservedUs = this.promisedUs = fromUs - 1;
    this.lastUs = fromUs - 1;
    this.endUs = this.before.nextFrom(this.residue, fromUs);
    this.given.clear();
  }

  private get nextResidue(): number {
    return (this.residue + 1) % STAMP_STEP_US;
  }

  private alignUp(us: number): number {
    return us + modulo(this.residue - us);
  }
}

/** The remainder by the step of stamps, never negative. */
function modulo(us: number): number {
  return ((us % STAMP_STEP_US) + STAMP_STEP_US) % STAMP_STEP_US;
}
