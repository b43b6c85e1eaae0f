import { CallThread, type FileOptions } from '../common/workers/call-thread.js';
import type { SystemLogCalls } from './system-log.worker.js';

/**
 * Gives a restored log a new identity, because its next rows are other entries than those of the log that it is a copy of.
 * @param file the SQLite file; no gateway may use it
 * @returns where the file was moved to, because it is damaged
 * @throws StartError when it cannot be opened, or a newer gateway wrote it
 */
export async function renewLog(file: string, options: FileOptions): Promise<string | undefined> {
  const script = new URL('./system-log.worker.js', import.meta.url);
  const thread = await CallThread.open<SystemLogCalls>(script, file, options);
  try {
    await thread.call('renew', []);
    return thread.damagedFile;
  } finally {
    await thread.close();
  }
}
