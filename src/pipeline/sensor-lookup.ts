import type { ReadingStore } from '../influx/reading-store.js';
import { traceQuery } from '../influx/trace-query.js';
import type { Reading } from '../model/reading.js';
import type { SensorRegistry } from '../registry/sensor-registry.js';

/** Asks the store about sensors that are not known here, once for each. */
export class SensorLookup {
  constructor(
    private readonly sensors: SensorRegistry,
    private readonly store: Pick<ReadingStore, 'label' | 'latest'>,
    private readonly timeoutMs: number,
  ) {}

  /**
   * @returns the newest reading of a sensor that was not known here; undefined when the store has none
   * @throws StoreUnavailable
   */
  async latest(sensorId: string): Promise<Reading | undefined> {
    if (this.sensors.isAbsent(sensorId)) return undefined;
    await this.ask(sensorId);
    if (!this.sensors.get(sensorId)) this.sensors.markAbsent(sensorId);
    return this.sensors.get(sensorId)?.latest;
  }

  /**
   * Takes the newest reading that the store has of a sensor.
   * @param stopping ends the question
   * @throws StoreUnavailable
   */
  async ask(sensorId: string, stopping?: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(this.timeoutMs);
    const signal = stopping ? AbortSignal.any([stopping, timeout]) : timeout;
    let reading: Reading | undefined;
    let endedDeletions: number;
    do {
      ({ endedDeletions } = this.sensors);
      reading = await traceQuery(this.store, 'latest', () => this.store.latest(sensorId, signal));
    } while (reading && this.sensors.isDeletedSince(reading, endedDeletions));
    if (reading) this.sensors.learnStored(reading, Date.now());
  }
}
