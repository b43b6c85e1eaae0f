import { setTimeout as sleep } from 'node:timers/promises';

import { StoreUnavailable } from '../common/errors/store-unavailable.js';
import type { ReadingStore } from './reading-store.js';

const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 30_000;

/** Waits before the next attempt to reach the store: longer after each failure, until the store is back. */
export class StoreBackoff {
  private wake = new AbortController();

  /** @param stopping ends every wait */
  constructor(
    store: ReadingStore,
    private readonly stopping: AbortSignal,
  ) {
    store.onStateChange(({ state }) => {
      if (state === 'up') this.wakeUp();
    });
    stopping.addEventListener('abort', () => {
      this.wakeUp();
    });
  }

  /**
   * Waits with jitter (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter). The wait ends early when the
   * store is back, unless the store itself named the time to wait.
   * @param error why the last attempt failed
   * @param attempt how many attempts failed before that one
   */
  async pause(error: unknown, attempt: number): Promise<void> {
    const ceilingMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
    const jitteredMs = ceilingMs * (0.5 + Math.random() / 2);
    if (error instanceof StoreUnavailable && error.mustWait) {
      const options = { signal: this.stopping };
      await sleep(Math.max(jitteredMs, error.retryAfterMs), undefined, options).catch(() => undefined);
    } else {
      await sleep(jitteredMs, undefined, { signal: this.wake.signal }).catch(() => undefined);
    }
  }

  private wakeUp(): void {
    this.wake.abort();
    if (!this.stopping.aborted) this.wake = new AbortController();
  }
}
