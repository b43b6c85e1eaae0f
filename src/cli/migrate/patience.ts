import { setMaxListeners } from 'node:events';

import { CallError } from '../../common/errors/call-error.js';
import { StoreUnavailable } from '../../common/errors/store-unavailable.js';
import { CredentialsRefused } from '../../influx/reading-store.js';
import { StoreBackoff } from '../../influx/store-backoff.js';
import { MigrateError } from './migrate-error.js';
import type { OpenPlace } from './open-place.js';
import { describePlace } from './place.js';

/** How long a store that has answered may be away. */
const GIVE_UP_MS = 3_600_000;
/** How long one call may take. */
const CALL_MS = 120_000;

/** Whether the store will not answer later either: it refuses the credentials, or its file is damaged. */
function lasts(error: StoreUnavailable): boolean {
  const { cause } = error;
  const isDamaged = cause instanceof CallError && /^SQLITE_(CORRUPT|NOTADB)/.test(cause.code);
  return error instanceof CredentialsRefused || isDamaged;
}

/** Calls a store, and again while it does not answer. */
export class Patience {
  /** Why the command waits; empty while it does not. */
  reason = '';
  private hasAnswered = false;
  private readonly backoff: StoreBackoff;

  /** @param say tells when a wait begins and ends */
  constructor(
    private readonly open: OpenPlace,
    private readonly signal: AbortSignal,
    private readonly say: (line: string) => void,
  ) {
    this.backoff = new StoreBackoff(open.store, signal);
  }

  /**
   * @param ask may be called again after a failure
   * @param callMs how long one attempt may take
   * @throws MigrateError when the store refuses the credentials, is damaged, or stays away
   * @throws the signal's reason when it was aborted
   */
  async call<T>(ask: (signal: AbortSignal) => Promise<T>, callMs = CALL_MS): Promise<T> {
    const begunMs = performance.now();
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await this.within(callMs, ask);
        this.hasAnswered = true;
        this.endWait();
        return answer;
      } catch (error) {
        this.signal.throwIfAborted();
        if (!(error instanceof StoreUnavailable)) throw error;
        const waitedMs = performance.now() - begunMs;
        if (lasts(error) || waitedMs > this.giveUpMs)
          throw new MigrateError(`${describePlace(this.open.place)}: ${this.open.explain(error.message)}`);
        this.beginWait(this.open.explain(error.message));
        await this.backoff.pause(error, attempt);
        this.signal.throwIfAborted();
      }
    }
  }

  /** AbortSignal.any() and timeout() would keep each call's answer in memory until the time-out. */
  private async within<T>(callMs: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    // A page of InfluxDB takes several queries, and the client listens once for each.
    setMaxListeners(0, controller.signal);
    const abort = (): void => {
      controller.abort();
    };
    const timer = setTimeout(abort, callMs);
    this.signal.addEventListener('abort', abort, { once: true });
    try {
      return await ask(controller.signal);
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener('abort', abort);
    }
  }

  /** Who starts the command should see at once what is wrong. The embedded store has no outages: what fails there fails again. */
  private get giveUpMs(): number {
    return this.hasAnswered && this.open.place.kind !== 'embedded' ? GIVE_UP_MS : 0;
  }

  private beginWait(reason: string): void {
    if (this.reason === '') this.say(`${describePlace(this.open.place)}: ${reason}. Trying again …`);
    this.reason = reason;
  }

  private endWait(): void {
    if (this.reason !== '') this.say('Goes on: the store answers again');
    this.reason = '';
  }
}
