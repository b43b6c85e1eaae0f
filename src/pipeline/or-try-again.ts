import { CallError } from '../common/errors/call-error.js';
import { tryAgain } from '../common/errors/gateway-error.js';

/** Clients may retry after this time when the ledger cannot be read or written. */
const RETRY_AFTER_S = 5;

/** @throws GatewayError JOURNAL_UNAVAILABLE instead of a CallError: the same call may succeed later */
export async function orTryAgain<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const detail = 'The gateway cannot read or write its own disk now';
    throw tryAgain('JOURNAL_UNAVAILABLE', detail, RETRY_AFTER_S, error);
  }
}
