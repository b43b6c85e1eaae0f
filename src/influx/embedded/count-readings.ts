import { existsSync } from 'node:fs';

import { CallThread, type FileOptions } from '../../common/workers/call-thread.js';
import type { CountReadingsCalls } from './count-readings.worker.js';

/**
 * Counts the readings in a file of the embedded store that no store has open, about ten million a second.
 * @returns 0 when there is no file
 * @throws StartError, CallError when it cannot be read
 */
export async function countReadings(file: string, options: FileOptions): Promise<number> {
  if (!existsSync(file)) return 0;
  const script = new URL('./count-readings.worker.js', import.meta.url);
  const thread = await CallThread.open<CountReadingsCalls>(script, file, options);
  try {
    return await thread.call('count', []);
  } finally {
    await thread.close();
  }
}
