import { setTimeout as sleep } from 'node:timers/promises';

import { HttpError } from '@influxdata/influxdb-client';

import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import { CredentialsRefused, ReadRefused, type StoreState } from '../reading-store.js';
import { type InfluxConnection, WriteRefused } from './influx-connection.js';

/** How often the probe asks whether InfluxDB would take a write, in milliseconds. */
const PROBE_EVERY_MS = 1_000;
const PROBE_TIMEOUT_MS = 3_000;

/** How often the probe asks whether the bucket may be read: while it may, and while it may not. */
const READ_EVERY_MS = 60_000;
const REFUSED_EVERY_MS = 2_000;

const NOTHING = Buffer.alloc(0);

/**
 * Finds out whether InfluxDB takes writes: it sends an empty write every second, and reports changes to its listeners. Now and then
 * it also asks whether the bucket may be read.
 */
export class InfluxProbe {
  private current: StoreState = { state: 'up', reason: '' };
  /** While it is down: why. */
  private cause: Error | undefined;
  private readonly listeners: ((change: StoreState) => void)[] = [];
  private abort = new AbortController();
  private closed = false;
  /** When to ask next whether the bucket may be read, by performance.now(). */
  private readAtMs = 0;
  private readonly probing: Promise<void>;

  /**
   * @param read reads something; it throws ReadRefused when the bucket may not be read
   * @param probes whether to ask at all; without it, InfluxDB counts as up
   */
  constructor(
    private readonly connection: InfluxConnection,
    private readonly read: (signal: AbortSignal) => Promise<void>,
    probes = true,
  ) {
    this.probing = probes ? this.keepProbing() : Promise.resolve();
  }

  get state(): StoreState {
    return this.current;
  }

  /** Calls the listener when the state, or its reason, changes; at once when InfluxDB is down, or may not be read, already. */
  subscribe(listener: (change: StoreState) => void): void {
    this.listeners.push(listener);
    if (this.current.state === 'down' || this.current.unreadable !== undefined) listener(this.current);
  }

  /**
   * Fails at once while InfluxDB is down; the probe notices when it is back.
   * @throws StoreUnavailable when InfluxDB is down, or `signal` is aborted
   */
  failFast(signal: AbortSignal): void {
    if (signal.aborted) throw new StoreUnavailable('The call was cancelled before it began', PROBE_EVERY_MS);
    const { state, reason } = this.current;
    if (state === 'down') throw new StoreUnavailable(reason, PROBE_EVERY_MS, this.cause?.cause);
  }

  /**
   * Fails at once while InfluxDB does not answer. One that answers, and refuses writes or cannot carry them out, may be read.
   * @throws StoreUnavailable when InfluxDB does not answer, or `signal` is aborted
   */
  failFastToRead(signal: AbortSignal): void {
    if (signal.aborted || !this.cause || !hasAnswered(this.cause)) this.failFast(signal);
  }

  /** Takes over what a failed write has found. */
  reportDown(error: Error): void {
    this.cause = error;
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
    const { current } = this;
    const changed =
      current.state !== state.state ||
      current.reason !== state.reason ||
      current.unreadable !== state.unreadable;
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
      if (this.current.state === 'down') {
        this.readAtMs = 0;
        this.set({ state: 'up', reason: '' });
      }
    } catch (error) {
      if (!this.closed) this.reportDown(error as Error);
      return;
    } finally {
      clearTimeout(timeout);
    }
    if (performance.now() >= this.readAtMs) await this.probeRead();
  }

  private async probeRead(): Promise<void> {
    const { signal } = this.abort;
    this.readAtMs = performance.now() + REFUSED_EVERY_MS;
    try {
      await this.read(AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]));
      this.setReadable(undefined);
    } catch (error) {
      // Whether InfluxDB answers at all is for the empty write to say.
      if (error instanceof ReadRefused && !signal.aborted) this.setReadable(error.message);
    }
  }

  private setReadable(unreadable: string | undefined): void {
    this.readAtMs = performance.now() + (unreadable === undefined ? READ_EVERY_MS : REFUSED_EVERY_MS);
    if (this.current.state === 'up')
      this.set({ state: 'up', reason: '', ...(unreadable !== undefined && { unreadable }) });
  }
}

/** Whether InfluxDB has answered. A proxy in front of it answers with statuses above 500. */
function hasAnswered(error: Error): boolean {
  return error instanceof WriteRefused || (error.cause instanceof HttpError && error.cause.statusCode <= 500);
}
