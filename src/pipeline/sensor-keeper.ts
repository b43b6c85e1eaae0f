import { setImmediate } from 'node:timers/promises';

import { tryAgain } from '../common/errors/gateway-error.js';
import type { Position } from '../journal/journal-entry.js';
import type { ReadingLog } from '../journal/reading-log.js';
import type { Reading } from '../model/reading.js';
import type { SensorRegistry } from '../registry/sensor-registry.js';
import type { SensorSaver } from './sensor-saver.js';
import type { Ledger } from './state/ledger.js';

/** Readings between two pauses: about 2 ms. */
const SLICE_READINGS = 1_000;

/** Changes the registry of sensors and saves the change in the ledger; accepted readings do not need it. */
export class SensorKeeper {
  private unloaded = 0;

  /** @param latestLoaded whether the latest readings that the store held before this gateway came are known */
  constructor(
    private readonly ledger: Ledger,
    private readonly journal: Pick<ReadingLog, 'position'>,
    private readonly sensors: SensorRegistry,
    private readonly saver: SensorSaver,
    private latestLoaded: boolean,
  ) {}

  /** Whether the latest readings that the store held before this gateway came are known. */
  get hasLoaded(): boolean {
    return this.latestLoaded;
  }

  /** How many deletions have ended since the start; for learn(). */
  get endedDeletions(): number {
    return this.sensors.endedDeletions;
  }

  /** How often unload() was called. */
  get unloads(): number {
    return this.unloaded;
  }

  /**
   * Keeps that the latest readings that the store held before this gateway came are known.
   * @param since `unloads` before the store was asked; after a later one they are not
   */
  async keepLoaded(since: number): Promise<void> {
    if (since !== this.unloaded) return;
    await this.saver.save((sensors) => this.ledger.latestLoaded(sensors));
    this.latestLoaded = true;
  }

  /** The latest reading of a sensor is not known any more: the next start loads them, and until then it is said that some are missing. */
  async unload(): Promise<void> {
    this.unloaded += 1;
    this.latestLoaded = false;
    await this.ledger.reloadLatest();
  }

  /**
   * Takes the latest readings of the store, as far as they are news; they are kept with the next step of the forwarder.
   * @param since `endedDeletions` before the store was asked
   * @returns the sensors whose readings may have been deleted meanwhile: nothing of theirs is taken, so ask again
   */
  async learn(readings: readonly Reading[], since: number): Promise<string[]> {
    const skipped: string[] = [];
    for (const [index, reading] of readings.entries()) {
      if (this.sensors.isDeletedSince(reading, since)) skipped.push(reading.sensorId);
      else this.sensors.learnStored(reading, Date.now());
      // Requests are answered in between.
      if (index % SLICE_READINGS === SLICE_READINGS - 1) await setImmediate();
    }
    return skipped;
  }

  /**
   * Forgets a sensor until its next reading, or until others write a newer one into the store; its readings stay there.
   * @returns the position in the journal up to which its readings do not count; undefined when the sensor is not known
   * @throws GatewayError JOURNAL_UNAVAILABLE when that cannot be saved; nothing is forgotten then
   */
  async forget(sensorId: string): Promise<Position | undefined> {
    const { position } = this.journal;
    const forgotten = this.sensors.forget(sensorId, position);
    if (!forgotten) return undefined;
    try {
      await this.ledger.forget({ sensorId, position, ignoredUs: forgotten.ignoredUs });
    } catch (error) {
      this.sensors.unforget(forgotten);
      throw tryAgain('JOURNAL_UNAVAILABLE', 'The gateway cannot write to its own disk', 5, error);
    }
    return position;
  }
}
