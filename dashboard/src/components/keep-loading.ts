import { reloadOnce } from '../common/reload-once.js';
import { pause, waitForGateway } from '../live/wait-for-gateway.js';
import { fileOf, forgetStyle, type PartNotLoaded } from './lazy-part.js';

const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
const TIMEOUT_MS = 10_000;
/** After so many failures with a file that the gateway serves, this browser cannot import it again: some remember a failure. */
const HOPELESS = 3;

interface KeepLoadingOptions {
  /** Whether to try at once, because the user asks for it. */
  readonly isAsked: boolean;
  /** Whether to reload the page as the last resort. That loses what was typed and ticked. */
  readonly mayReload: boolean;
  readonly stopped: AbortSignal;
  /** Called when a try failed although the gateway answers. */
  readonly onFailure: () => void;
}

/**
 * Tries to load a part, with growing pauses, until it is loaded or the signal stops that. Reloads the page, once for a
 * file, when the gateway no longer has it (it was updated), or when the browser cannot try again.
 * @returns whether it is loaded
 */
export async function keepLoading(part: PartNotLoaded, options: KeepLoadingOptions): Promise<boolean> {
  const { isAsked, mayReload, stopped, onFailure } = options;
  let { cause } = part;
  let servedInVain = 0;
  for (let tries = 0; ; tries += 1) {
    if (!isAsked || tries > 0) await pause(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries), stopped);
    await waitForGateway(stopped);
    if (stopped.aborted) return false;
    const file = fileOf(cause) ?? location.href;
    const status = await statusOf(file, stopped);
    const isHopeless = status !== undefined && servedInVain >= HOPELESS;
    if (mayReload && (status === 404 || isHopeless) && reloadOnce(file)) return false;
    try {
      await part.load();
      return true;
    } catch (error) {
      cause = error;
      forgetStyle(error);
      if (status === 200) servedInVain += 1;
      onFailure();
    }
  }
}

/** How the gateway answers a request for a file; undefined when it does not. */
async function statusOf(url: string, stopped: AbortSignal): Promise<number | undefined> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const response = await fetch(url, { method: 'HEAD', cache: 'no-store', signal });
    return response.status;
  } catch {
    return undefined;
  }
}
