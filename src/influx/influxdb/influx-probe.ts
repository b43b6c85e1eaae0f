import { setTimeout as sleep } from 'node:timers/promises';

import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import { CredentialsRefused, type StoreState } from '../reading-store.js';
import type { InfluxConnection } from './influx-connection.js';

/** How often the probe asks whether InfluxDB would take a write, in milliseconds. */
const PROBE_EVERY_MS = 1_000;
const PROBE_TIMEOUT_MS = 3_000;

const NOTHING = Buffer.alloc(0);

/** Finds out whether InfluxDB takes writes: it sends an empty write every second, and reports changes to its listeners. */
export class InfluxProbe {
  private current: StoreState = { state: 'up', reason: '' };
  private readonly listeners: ((change: StoreState) => void)[] = [];
  private abort = new AbortController();
  private closed = false;
  private readonly probing: Promise<void>;

  constructor(
    private readonly connection: InfluxConnection,
    probes = true,
  ) {
    this.probing = probes ? this.keepProbing() : Promise.resolve();
  }

  get state(): StoreState {
    return this.current;
  }

  /** Calls the listener when the state, or its reason, changes; at once when InfluxDB is down already. */
  subscribe(listener: (change: StoreState) => void): void {
    this.listeners.push(listener);
    if (this.current.state === 'down') listener(this.current);
  }

  /**
   * Fails at once while InfluxDB is down; the probe notices when it is back.
   * @throws StoreUnavailable when InfluxDB is down, or `signal` is aborted
   */
  failFast(signal: AbortSignal): void {
    if (signal.aborted) throw new StoreUnavailable('The call was cancelled before it began', PROBE_EVERY_MS);
    const { state, reason } = this.current;
    if (state === 'down') throw new StoreUnavailable(reason, PROBE_EVERY_MS);
  }

  /** Takes over what a failed write has found. */
  reportDown(error: Error): void {
    const credentialsRefused = error instanceof CredentialsRefused;
    this.set({
      state: 'down',
      reason: error.message,
      ...(credentialsRefused && { credentialsRefused }),
    });
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.closed = true;
    this.abort.abort();
    await this.probing;
  }

  private set(state: StoreState): void {
    const changed = this.current.state !== state.state || this.current.reason !== state.reason;
    this.current = state;
    if (changed) for (const listener of this.listeners) listener(state);
  }

  private async keepProbing(): Promise<void> {
    while (!this.closed) {
      this.abort = new AbortController();
      await this.probe();
      await sleep(PROBE_EVERY_MS, undefined, { signal: this.abort.signal, ref: false }).catch(
        () => undefined,
      );
    }
  }

  private async probe(): Promise<void> {
    const timeout = setTimeout(() => {
      this.abort.abort();
    }, PROBE_TIMEOUT_MS);
    try {
      await this.connection.write(NOTHING, this.abort.signal);
      this.set({ state: 'up', reason: '' });
    } catch (error) {
      if (!this.closed) this.reportDown(error as Error);
    } finally {
      clearTimeout(timeout);
    }
  }
}
