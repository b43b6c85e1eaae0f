import { Logger } from '@nestjs/common';

import { StoreUnavailable } from '../common/errors/store-unavailable.js';
import {
  CredentialsRefused,
  DeletionRefused,
  ReadRefused,
  type ReadingStore,
} from '../influx/reading-store.js';
import type { Reading } from '../model/reading.js';
import { formatValue } from '../common/errors/format-value.js';
import type { SensorRegistry } from '../registry/sensor-registry.js';
import type { DeletionInFlight } from './in-flight-group.js';
import type { SensorKeeper } from './sensor-keeper.js';
import type { Ledger } from './state/ledger.js';

/** How long a deletion may take, and a question of what it finds or leaves. */
const DELETE_TIMEOUT_MS = 300_000;
const ASK_TIMEOUT_MS = 60_000;
/** How long a deletion may fail while the store takes readings: it holds those of its lane. */
export const DELETION_PATIENCE_MS = 60_000;
/** An attempt that takes this many times as long as the patience makes progress: what it has deleted stays deleted. */
const LONG_ATTEMPTS = 10;

/** Carries out deletions in the store and in the registry of sensors. */
export class StoreDeleter {
  private readonly logger = new Logger(StoreDeleter.name);
  /** Stages that were given up, until one succeeds: the next deletion does not wait once more. */
  private readonly hopeless = new Set<DeletionInFlight['stage']>();
  /** When the store last took readings, by performance.now(). */
  private tookMs = -Infinity;

  /** @param patienceMs how long each of count, deletion and newest reading may fail while the store takes readings */
  constructor(
    private readonly store: ReadingStore,
    private readonly ledger: Pick<Ledger, 'keptCount' | 'keepCount'>,
    private readonly sensors: SensorRegistry,
    private readonly keeper: Pick<SensorKeeper, 'unload'>,
    private readonly stopping: AbortSignal,
    private readonly patienceMs: number,
  ) {}

  /** The store has taken readings, of any lane. */
  tookReadings(): void {
    this.tookMs = performance.now();
  }

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
    let count = await this.ledger.keptCount(position);
    // A run before this one has counted them, and may have deleted them.
    if (count !== undefined) inFlight.isBegun = true;
    else {
      const found = await this.attempt(
        inFlight,
        (signal) => this.store.count(deletion, signal),
        ASK_TIMEOUT_MS,
      );
      count = found instanceof StoreUnavailable ? null : found;
      await this.ledger.keepCount(position, count);
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
    await this.keeper.unload();
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
    const begunMs = performance.now();
    try {
      const answer = await ask(AbortSignal.any([this.stopping, AbortSignal.timeout(timeoutMs)]));
      inFlight.failingSinceMs = undefined;
      this.hopeless.delete(inFlight.stage);
      return answer;
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || this.stopping.aborted) throw error;
      if (!this.isHopeless(inFlight, error, begunMs)) throw error;
      inFlight.failingSinceMs = undefined;
      this.hopeless.add(inFlight.stage);
      return error;
    }
  }

  /** Whether the store takes readings, and this fails all the same: each time, for long enough. */
  private isHopeless(inFlight: DeletionInFlight, error: StoreUnavailable, begunMs: number): boolean {
    const { state, unreadable } = this.store.state;
    const nowMs = performance.now();
    if (state === 'down') {
      inFlight.failingSinceMs = undefined;
      return false;
    }
    if (error instanceof ReadRefused && unreadable !== undefined) return true;
    if (inFlight.failingSinceMs === undefined) {
      inFlight.failingSinceMs = nowMs;
      this.logger.warn(
        `A deletion of readings of ${formatValue(inFlight.deletion.sensorId)} fails, and is tried again: ${error.message}`,
      );
    }
    const refuses = error instanceof CredentialsRefused;
    if (this.hopeless.has(inFlight.stage) && (refuses || this.tookMs > nowMs - this.patienceMs)) return true;
    const patienceMs = nowMs - begunMs < this.patienceMs ? this.patienceMs : LONG_ATTEMPTS * this.patienceMs;
    // "up" may only mean that the store answers.
    const takesReadings = refuses || this.tookMs > inFlight.failingSinceMs;
    return takesReadings && nowMs - inFlight.failingSinceMs >= patienceMs;
  }
}
