import { StoreUnavailable } from '../common/errors/store-unavailable.js';
import { trace } from '../common/tracing/trace.js';
import type { ReadingStore, Refusal } from '../influx/reading-store.js';
import type { ReadingColumns } from '../model/reading-columns.js';

/**
 * How a write to the store ended: all stored; some refused for good, the rest stored; the store did not answer or may not
 * have stored it (retried); the gateway made a mistake (retried).
 */
export const WRITE_OUTCOMES = ['stored', 'partly_refused', 'unavailable', 'failed'] as const;

export type WriteOutcome = (typeof WRITE_OUTCOMES)[number];

/** One write to the store. */
export interface StoreWrite {
  readonly outcome: WriteOutcome;
  readonly readings: number;
  readonly tookMs: number;
}

/** Writes batches to the store, measured and traced. */
export class StoreWriter {
  private readonly listeners: ((write: StoreWrite) => void)[] = [];

  constructor(
    private readonly store: ReadingStore,
    private readonly signal: AbortSignal,
  ) {}

  /** Calls the listener after every write, however it ended. */
  onWrite(listener: (write: StoreWrite) => void): void {
    this.listeners.push(listener);
  }

  /** As ReadingStore.write(). */
  async write(readings: ReadingColumns): Promise<Refusal[]> {
    const begunMs = performance.now();
    let outcome: WriteOutcome = 'failed';
    try {
      const refusals = await this.traceWrite(readings);
      outcome = refusals.length > 0 ? 'partly_refused' : 'stored';
      return refusals;
    } catch (error) {
      if (error instanceof StoreUnavailable) outcome = 'unavailable';
      throw error;
    } finally {
      const write = { outcome, readings: readings.length, tookMs: performance.now() - begunMs };
      // A write that was cancelled because the gateway stops says nothing about the store.
      if (!this.signal.aborted) for (const listener of this.listeners) listener(write);
    }
  }

  /** A trace of its own: a batch holds readings of many requests. */
  private traceWrite(readings: ReadingColumns): Promise<Refusal[]> {
    const attributes = { 'predictionx.readings': readings.length, 'predictionx.store': this.store.label };
    return trace({ name: 'store write', attributes, isCall: true, isRoot: true }, async (setAttributes) => {
      const refusals = await this.store.write(readings, this.signal);
      const outcome = refusals.length === 0 ? 'stored' : 'some refused';
      setAttributes({ 'predictionx.outcome': outcome, 'predictionx.refused': refusals.length });
      return refusals;
    });
  }
}
