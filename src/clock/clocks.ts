import { Logger } from '@nestjs/common';

import { AcceptanceClock } from './acceptance-clock.js';
import type { ClockState, ClockStorage } from './clock-storage.js';
import { ClockWatch } from './clock-watch.js';
import { ExpiryClock } from './expiry-clock.js';
import { isPlausible } from './plausible-time.js';
import { StampAllocator, type StampState } from './stamp-allocator.js';
import { SteadyClock } from './steady-clock.js';
import { systemClock } from './system-clock.js';

const SAVE_MS = 60_000;

/** All clocks of the gateway, and what of them survives a restart. */
export class Clocks {
  readonly steady = new SteadyClock();
  readonly acceptance: AcceptanceClock;
  readonly expiry: ExpiryClock;
  readonly watch: ClockWatch;
  private readonly logger = new Logger('Clock');
  private readonly stamps: StampAllocator;
  private timer: NodeJS.Timeout | undefined;
  private hasFailed = false;

  private constructor(
    private readonly storage: ClockStorage,
    maxStepMs: number,
  ) {
    const wallUs = systemClock();
    const wallMs = (): number => wallUs() / 1000;
    const { found, isCertain, legacyUs, firstResidue } = storage;
    // A clock that is not set says nothing about the stamps before.
    const nowUs = isPlausible(wallMs()) ? wallUs() : (found?.stamps.highestUs ?? legacyUs ?? 0);
    // A time ahead of the clock that no step back explains means damage.
    const earlierUs = legacyUs !== undefined && legacyUs <= nowUs + maxStepMs * 1000 ? legacyUs : undefined;
    this.stamps = new StampAllocator(
      found?.stamps ?? (earlierUs === undefined ? undefined : continueAfter(earlierUs, firstResidue)),
      isCertain,
      nowUs,
      maxStepMs * 1000,
      firstResidue,
    );
    // Each leap is reported that a reading was accepted in, however short it was.
    const watchedUs = (): number => {
      this.watch.check();
      return wallUs();
    };
    this.acceptance = new AcceptanceClock(this.stamps, watchedUs, this.steady, (state) => this.save(state));
    const expiryMs = found?.expiryMs ?? (earlierUs === undefined ? undefined : earlierUs / 1000);
    this.expiry = new ExpiryClock(expiryMs, wallMs, this.steady);
    this.watch = new ClockWatch(wallMs, this.steady, maxStepMs, found?.wallMs);
    if (storage.isLost) this.watch.reportLoss();
  }

  /**
   * Continues from the state of the previous run.
   * @param maxStepMs a step back by at most this is bridged; a larger change is a leap
   */
  static async open(storage: ClockStorage, maxStepMs: number): Promise<Clocks> {
    const clocks = new Clocks(storage, maxStepMs);
    // Twice: of two files, each has it from the beginning. If one of them is lost, the other knows which stamps to avoid.
    await clocks.note(clocks.stamps.toSave());
    await clocks.note(clocks.stamps.toSave());
    return clocks;
  }

  start(): void {
    // So that the next run does not report the leap once more.
    this.watch.start(() => void this.note(this.stamps.toSave()));
    this.timer = setInterval(() => void this.note(this.stamps.toSave()), SAVE_MS).unref();
  }

  /** Saves the exact state, so that the next run need not skip ahead. May be called twice. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.watch.stop();
    await this.note(this.stamps.toClose());
    await this.storage.close();
  }

  private async note(state: StampState): Promise<void> {
    if (!isPlausible(Date.now())) return;
    try {
      await this.save(state);
      this.hasFailed = false;
    } catch (error) {
      if (!this.hasFailed) this.logger.warn(`Cannot save the time in DATA_DIR: ${(error as Error).message}`);
      this.hasFailed = true;
    }
  }

  private save(stamps: StampState): Promise<void> {
    const state: ClockState = { wallMs: Date.now(), expiryMs: this.expiry.nowMs, stamps };
    return this.storage.save(state);
  }
}

/** The state of a run that gave its last stamp at that time. */
function continueAfter(lastUs: number, residue: number): StampState {
  return { current: { residue, fromUs: lastUs, toUs: lastUs }, highestUs: lastUs, before: [] };
}
