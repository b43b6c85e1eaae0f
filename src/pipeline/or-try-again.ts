import { CallError } from '../common/errors/call-error.js';
import { tryAgain } from '../common/errors/gateway-error.js';

/** A state file that cannot be read or written may be asked again after this time. */
const RETRY_AFTER_S = 5;

/** @throws GatewayError JOURNAL_UNAVAILABLE in place of a CallError: the same may succeed later */
export async function orTryAgain<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const detail = 'The gateway cannot read or write its own disk now';
    throw tryAgain('JOURNAL_UNAVAILABLE', detail, RETRY_AFTER_S, error);
  }
}
