import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import { StoreUnavailable } from '../common/errors/store-unavailable.js';
import type { ReadingStore } from '../influx/reading-store.js';
import type { Reading } from '../model/reading.js';
import type { SensorKeeper } from './sensor-keeper.js';
import type { SensorLookup } from './sensor-lookup.js';

const TRY_AGAIN_MS = 5_000;
/** More sensors than this are asked for together. */
const MAX_ASKED_ONE_BY_ONE = 1_000;

/**
 * Takes over the latest reading of every sensor from the store: others may have written to it before, or write beside the
 * gateway, or the gateway may have lost its DATA_DIR.
 */
export class LatestLoader {
  private readonly logger = new Logger(LatestLoader.name);

  /** @param stopping ends the work */
  constructor(
    private readonly keeper: SensorKeeper,
    private readonly store: Pick<ReadingStore, 'allLatest'>,
    private readonly lookup: Pick<SensorLookup, 'ask'>,
    private readonly stopping: AbortSignal,
  ) {}

  /** Loads them once. Tries until it has them, or the signal aborts. Never throws. */
  async load(): Promise<void> {
    while (!this.stopping.aborted) {
      try {
        if (await this.loadAll()) return;
      } catch (error) {
        this.report(error);
        await this.pause(TRY_AGAIN_MS);
      }
    }
  }

  /**
   * Asks again and again, until the signal aborts. Never throws.
   * @param everyMs the pause between two times
   * @param firstMs that before the first time
   */
  async refresh(everyMs: number, firstMs: number): Promise<void> {
    await this.pause(firstMs);
    while (!this.stopping.aborted) {
      try {
        const { endedDeletions } = this.keeper;
        // What was deleted meanwhile is asked for the next time.
        await this.keeper.learn(await this.allLatest(), endedDeletions);
      } catch (error) {
        this.report(error);
      }
      await this.pause(everyMs);
    }
  }

  /** @returns false when so much was deleted meanwhile that all have to be loaded again */
  private async loadAll(): Promise<boolean> {
    const { endedDeletions, unloads } = this.keeper;
    const readings = await this.allLatest();
    const skipped = await this.keeper.learn(readings, endedDeletions);
    if (skipped.length > MAX_ASKED_ONE_BY_ONE) return false;
    for (const sensorId of skipped) await this.lookup.ask(sensorId, this.stopping);
    await this.keeper.keepLoaded(unloads);
    if (readings.length > 0) this.logger.log(`The latest readings of ${readings.length} sensors are known`);
    return true;
  }

  private async allLatest(): Promise<Reading[]> {
    const readings: Reading[] = [];
    for await (const reading of this.store.allLatest(this.stopping)) readings.push(reading);
    return readings;
  }

  private report(error: unknown): void {
    if (!(error instanceof StoreUnavailable) && !this.stopping.aborted) this.logger.error(error);
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping, ref: false }).catch(() => undefined);
  }
}
