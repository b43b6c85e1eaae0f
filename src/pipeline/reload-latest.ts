import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { CallThread, type FileOptions } from '../common/workers/call-thread.js';
import type { LedgerCalls } from './state/local-ledger.js';

/**
 * Makes the next gateway that starts in a folder load the latest reading of every sensor from its store, in addition to what
 * it knows: the store has got readings that did not pass through the gateway.
 * @param folder the DATA_DIR; no gateway may use it
 * @throws StartError when the folder's state.db cannot be opened
 */
export async function reloadLatestAtNextStart(folder: string, options: FileOptions): Promise<void> {
  const file = join(folder, 'state.db');
  // A new one loads them anyway.
  if (!existsSync(file)) return;
  // LocalLedger.open() would drop damaged dead letters, and only a gateway reports them.
  const script = new URL('./state/ledger.worker.js', import.meta.url);
  const thread = await CallThread.open<LedgerCalls>(script, file, options);
  try {
    await thread.call('reloadLatest', []);
  } finally {
    await thread.close();
  }
}
