import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { FileOptions } from '../common/workers/call-thread.js';
import { LocalLedger } from './state/local-ledger.js';

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
  const ledger = await LocalLedger.open(file, options);
  try {
    await ledger.reloadLatest();
  } finally {
    await ledger.close();
  }
}
