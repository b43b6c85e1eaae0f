import { setImmediate } from 'node:timers/promises';

import { tryAgain } from '../common/errors/gateway-error.js';
import type { CallThread } from '../common/workers/call-thread.js';
import type { Position } from '../journal/journal-entry.js';
import type { Journal } from '../journal/journal.js';
import type { Reading } from '../model/reading.js';
import type { SensorRegistry } from '../registry/sensor-registry.js';
import type { Sensor } from '../registry/sensor.js';
import type { PipelineStateCalls, SensorState } from './state/pipeline-state.js';

/** Readings between two pauses: about 2 ms. */
const SLICE_READINGS = 1_000;

/** Changes the registry of sensors and saves the change in the state file; accepted readings do not need it. */
export class SensorKeeper {
  /** @param latestLoaded whether the latest readings that the store held before this gateway came are known */
  constructor(
    private readonly state: CallThread<PipelineStateCalls>,
    private readonly journal: Pick<Journal, 'position'>,
    private readonly sensors: SensorRegistry,
    private latestLoaded: boolean,
  ) {}

  /** Whether the latest readings that the store held before this gateway came are known. */
  get hasLoaded(): boolean {
    return this.latestLoaded;
  }

  /** How many deletions have ended since the start; for keepLoaded() and learn(). */
  get endedDeletions(): number {
    return this.sensors.endedDeletions;
  }

  /**
   * Takes and keeps the latest readings that the store held before this gateway came.
   * @param since `endedDeletions` before the store was asked
   * @returns the number of sensors
   */
  async keepLoaded(readings: readonly Reading[], since: number): Promise<number> {
    const loaded = await this.learn(readings, since);
    const known = this.sensors.matching({ sensorIds: loaded });
    await this.state.call('latestLoaded', [Array.from(known, toState), this.journal.position]);
    this.latestLoaded = true;
    return loaded.length;
  }

  /**
   * Takes the latest readings of the store; they are kept with the next step of the forwarder.
   * @param since `endedDeletions` before the store was asked
   * @returns the sensors that are not forgotten, and whose readings were not deleted meanwhile
   */
  async learn(readings: readonly Reading[], since: number): Promise<string[]> {
    const learned: string[] = [];
    for (const reading of readings) {
      if (this.sensors.isForgotten(reading.sensorId, 0)) continue;
      if (this.sensors.isDeletedSince(reading, since)) continue;
      this.sensors.learn(reading, 0);
      learned.push(reading.sensorId);
      // Requests are answered in between.
      if (learned.length % SLICE_READINGS === 0) await setImmediate();
    }
    return learned;
  }

  /**
   * Forgets a sensor until its next reading; its readings stay in the store.
   * @returns the position in the journal up to which its readings do not count; undefined when the sensor is not known
   * @throws GatewayError JOURNAL_UNAVAILABLE when that cannot be saved; nothing is forgotten then
   */
  async forget(sensorId: string): Promise<Position | undefined> {
    const { position } = this.journal;
    if (!this.sensors.get(sensorId)) return undefined;
    const sensor = this.sensors.forget(sensorId, position);
    try {
      await this.state.call('forget', [sensorId, position]);
    } catch (error) {
      if (sensor) this.sensors.unforget(sensor);
      throw tryAgain('JOURNAL_UNAVAILABLE', 'The gateway cannot write to its own disk', 5, error);
    }
    return position;
  }
}

/** A sensor as the state file keeps it. */
export function toState({ latest, stamp, firstMs, lastMs, readings }: Sensor): SensorState {
  return { latest, stamp, activity: { firstMs, lastMs, readings } };
}
