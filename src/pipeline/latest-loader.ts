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
      const readings: Reading[] = [];
      for await (const reading of store.allLatest(signal)) readings.push(reading);
      await keeper.keepLoaded(readings, endedDeletions);
      if (readings.length > 0) logger.log(`The latest readings of ${readings.length} sensors are known`);
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) logger.error(error);
      await sleep(TRY_AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
