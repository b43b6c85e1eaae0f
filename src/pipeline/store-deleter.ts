import type { CallThread } from '../common/workers/call-thread.js';
import { DeletionRefused, ReadRefused, type ReadingStore } from '../influx/reading-store.js';
import type { Reading } from '../model/reading.js';
import type { SensorRegistry } from '../registry/sensor-registry.js';
import type { DeletionInFlight } from './in-flight-group.js';
import type { PipelineStateCalls } from './state/pipeline-state.js';

/** Each call to the store may take this long. */
const TIMEOUT_MS = 300_000;

/** Carries out deletions in the store and in the registry of sensors. */
export class StoreDeleter {
  constructor(
    private readonly store: ReadingStore,
    private readonly state: Pick<CallThread<PipelineStateCalls>, 'call'>,
    private readonly sensors: SensorRegistry,
    private readonly stopping: AbortSignal,
  ) {}

  /**
   * Deletes readings of the store, when it has every reading that was accepted before. May be called again after it failed.
   * It is refused, too, when the store may not be read, and so what would be deleted is not known: waiting for that would keep all
   * readings of the lane from the store, which takes them.
   * @throws StoreUnavailable, CallError
   */
  async run(inFlight: DeletionInFlight): Promise<void> {
    const { position, deletion } = inFlight;
    try {
      // Before they are deleted: InfluxDB does not say how many it deleted, and its answer may be lost.
      if (!inFlight.isCounted) {
        const found = await this.ask((signal) => this.store.count(deletion, signal));
        inFlight.readings = await this.state.call('keepCount', [position, found]);
        inFlight.isCounted = true;
      }
      await this.ask((signal) => this.store.delete(deletion, signal));
    } catch (error) {
      const isRefused =
        error instanceof DeletionRefused || (error instanceof ReadRefused && !inFlight.isCounted);
      if (!isRefused) throw error;
      inFlight.refusal = error.message;
      inFlight.readings = 0;
      this.sensors.cancelDeletion(deletion, position);
      return;
    }
    let remaining: Reading | undefined;
    if (this.sensors.needsLatest(deletion))
      remaining = await this.ask((signal) => this.store.latest(deletion.sensorId, signal));
    inFlight.forgets = this.sensors.endDeletion(deletion, position, remaining);
  }

  private ask<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return ask(AbortSignal.any([this.stopping, AbortSignal.timeout(TIMEOUT_MS)]));
  }
}
