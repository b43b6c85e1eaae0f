import { setTimeout as sleep } from 'node:timers/promises';

import { Logger } from '@nestjs/common';

import { StoreUnavailable } from '../common/errors/store-unavailable.js';
import type { ReadingStore } from '../influx/reading-store.js';
import type { Reading } from '../model/reading.js';
import type { SensorKeeper } from './sensor-keeper.js';

const TRY_AGAIN_MS = 5_000;

/**
 * Loads the latest reading of every sensor from the store: others may have written to it before, or the gateway may have
 * lost its DATA_DIR. Tries until it has them, or the signal aborts.
 */
export async function loadLatest(
  keeper: SensorKeeper,
  store: ReadingStore,
  signal: AbortSignal,
): Promise<void> {
  const logger = new Logger('LatestLoader');
  while (!signal.aborted) {
    try {
      const { endedDeletions } = keeper;
      const count = await keeper.keepLoaded(await allLatest(store, signal), endedDeletions);
      if (count > 0) logger.log(`The latest readings of ${count} sensors are known`);
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) logger.error(error);
      await pause(TRY_AGAIN_MS, signal);
    }
  }
}

/** Takes over, again and again, what others wrote into the store, until the signal aborts. @param everyMs the pause between two times */
export async function refreshLatest(
  keeper: SensorKeeper,
  store: ReadingStore,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  const logger = new Logger('LatestLoader');
  while (!signal.aborted) {
    try {
      const { endedDeletions } = keeper;
      await keeper.learn(await allLatest(store, signal), endedDeletions);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) logger.error(error);
    }
    await pause(everyMs, signal);
  }
}

async function allLatest(store: ReadingStore, signal: AbortSignal): Promise<Reading[]> {
  const readings: Reading[] = [];
  for await (const reading of store.allLatest(signal)) readings.push(reading);
  return readings;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
