import { Logger } from '@nestjs/common';

import { StoreUnavailable } from '../common/errors/store-unavailable.js';
import type { CallThread } from '../common/workers/call-thread.js';
import { DeletionRefused, ReadRefused, type ReadingStore } from '../influx/reading-store.js';
import type { Reading } from '../model/reading.js';
import type { SensorRegistry } from '../registry/sensor-registry.js';
import type { DeletionInFlight } from './in-flight-group.js';
import type { PipelineStateCalls } from './state/pipeline-state.js';

/** How long a deletion may take, and a question of what it finds or leaves. */
const DELETE_TIMEOUT_MS = 300_000;
const ASK_TIMEOUT_MS = 60_000;
/** How long a deletion may fail while the store takes readings: it holds those of its lane. */
export const DELETION_PATIENCE_MS = 60_000;

/** Carries out deletions in the store and in the registry of sensors. */
export class StoreDeleter {
  private readonly logger = new Logger(StoreDeleter.name);

  /** @param patienceMs how long each of count, deletion and newest reading may fail while the store takes readings */
  constructor(
    private readonly store: ReadingStore,
    private readonly state: Pick<CallThread<PipelineStateCalls>, 'call'>,
    private readonly sensors: SensorRegistry,
    private readonly stopping: AbortSignal,
    private readonly patienceMs = DELETION_PATIENCE_MS,
  ) {}

  /**
   * Deletes readings of the store, when it has every reading that was accepted before. May be called again after it failed.
   * What fails for too long while the store takes readings is given up: the number of readings, then the deletion itself.
   * @throws StoreUnavailable, CallError
   */
  async run(inFlight: DeletionInFlight): Promise<void> {
    const { position, deletion } = inFlight;
    if (inFlight.stage === 'count') await this.count(inFlight);
    if (inFlight.stage === 'delete') await this.delete(inFlight);
    if (inFlight.refusal !== undefined && !inFlight.isBegun) {
      this.sensors.cancelDeletion(deletion, position);
      return;
    }
    inFlight.forgets = this.sensors.endDeletion(deletion, position, await this.remaining(inFlight));
  }

  /** Before they are deleted: InfluxDB does not say how many it deleted, and its answer may be lost. */
  private async count(inFlight: DeletionInFlight): Promise<void> {
    const { position, deletion } = inFlight;
    let count = await this.state.call('keptCount', [position]);
    // A run before this one has counted them, and may have deleted them.
    if (count !== undefined) inFlight.isBegun = true;
    else {
      const found = await this.attempt(
        inFlight,
        (signal) => this.store.count(deletion, signal),
        ASK_TIMEOUT_MS,
      );
      count = found instanceof StoreUnavailable ? null : found;
      await this.state.call('keepCount', [position, count]);
    }
    inFlight.readings = count ?? undefined;
    inFlight.stage = 'delete';
  }

  private async delete(inFlight: DeletionInFlight): Promise<void> {
    try {
      const answer = await this.attempt(
        inFlight,
        (signal) => this.store.delete(inFlight.deletion, signal),
        DELETE_TIMEOUT_MS,
      );
      if (answer instanceof StoreUnavailable) inFlight.refusal = answer.message;
    } catch (error) {
      if (!(error instanceof DeletionRefused)) {
        inFlight.isBegun = true;
        throw error;
      }
      inFlight.refusal = error.message;
    }
    inFlight.stage = 'latest';
  }

  /** The newest reading that the store still has, if the registry needs to know it. */
  private async remaining(inFlight: DeletionInFlight): Promise<Reading | undefined> {
    const { deletion } = inFlight;
    if (!this.sensors.needsLatest(deletion)) return undefined;
    const found = await this.attempt(
      inFlight,
      (signal) => this.store.latest(deletion.sensorId, signal),
      ASK_TIMEOUT_MS,
    );
    if (!(found instanceof StoreUnavailable)) return found;
    await this.state.call('reloadLatest', []);
    return undefined;
  }

  /**
   * Asks the store once.
   * @returns its answer; the error, when there is no more hope
   * @throws StoreUnavailable when it is worth another attempt
   */
  private async attempt<T>(
    inFlight: DeletionInFlight,
    ask: (signal: AbortSignal) => Promise<T>,
    timeoutMs: number,
  ): Promise<T | StoreUnavailable> {
    try {
      const answer = await ask(AbortSignal.any([this.stopping, AbortSignal.timeout(timeoutMs)]));
      inFlight.failingSinceMs = undefined;
      return answer;
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || this.stopping.aborted) throw error;
      if (!this.isHopeless(inFlight, error)) throw error;
      inFlight.failingSinceMs = undefined;
      return error;
    }
  }

  private isHopeless(inFlight: DeletionInFlight, error: StoreUnavailable): boolean {
    const { state, unreadable } = this.store.state;
    if (state === 'down') {
      inFlight.failingSinceMs = undefined;
      return false;
    }
    if (error instanceof ReadRefused && unreadable !== undefined) return true;
    if (inFlight.failingSinceMs === undefined) {
      inFlight.failingSinceMs = performance.now();
      this.logger.warn(
        `A deletion of readings of ${inFlight.deletion.sensorId} fails, and is tried again: ${error.message}`,
      );
    }
    return performance.now() - inFlight.failingSinceMs >= this.patienceMs;
  }
}
