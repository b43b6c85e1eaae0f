import { GATEWAY_URL } from '../api/client.js';
import { live } from './live.js';

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 10_000;
const TIMEOUT_MS = 5_000;

/** Waits until the gateway serves the page again. Asks at once when the network or the live connection is back. */
export async function waitForGateway(stopped: AbortSignal): Promise<void> {
  for (let failures = 0; !stopped.aborted; failures += 1) {
    if (await servesPage(stopped)) return;
    await pause(Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** failures), stopped);
  }
}

async function servesPage(stopped: AbortSignal): Promise<boolean> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    // As when the page is opened, which needs no key.
    const headers = { Accept: 'text/html' };
    return (await fetch(`${GATEWAY_URL}/`, { headers, cache: 'no-store', signal })).ok;
  } catch {
    return false;
  }
}

/** Waits for a time. Ends early when the network or the live connection is back, or the signal stops it. */
export function pause(waitMs: number, stopped: AbortSignal): Promise<void> {
  if (stopped.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      removeListener();
      window.removeEventListener('online', end);
      stopped.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    const removeListener = live.onConnection.add(() => {
      if (live.connection.state === 'live') end();
    });
    window.addEventListener('online', end);
    stopped.addEventListener('abort', end);
  });
}
