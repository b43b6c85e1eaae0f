import type { FileOptions } from '../common/workers/call-thread.js';
import { LocalEventStorage } from './local-event-storage.js';

/**
 * Gives a restored log a new identity, because its next rows are other entries than those of the log that it is a copy of.
 * @param file the SQLite file; no gateway may use it
 * @returns where the file was moved to, because it is damaged
 * @throws StartError when it cannot be opened, or a newer gateway wrote it
 */
export async function renewLog(file: string, options: FileOptions): Promise<string | undefined> {
  const storage = await LocalEventStorage.open(file, options);
  try {
    await storage.renew();
    return storage.damagedFile;
  } finally {
    await storage.close();
  }
}
