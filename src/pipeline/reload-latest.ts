import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { CallThread, type FileOptions } from '../common/workers/call-thread.js';
import type { PipelineStateCalls } from './state/pipeline-state.js';

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
  const script = new URL('./state/pipeline-state.worker.js', import.meta.url);
  const state = await CallThread.open<PipelineStateCalls>(script, file, options);
  try {
    await state.call('reloadLatest', []);
  } finally {
    await state.close();
  }
}
