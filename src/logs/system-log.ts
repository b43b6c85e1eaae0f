import { Logger } from '@nestjs/common';

import { CallThread, type FileOptions } from '../threads/call-thread.js';
import type { SystemEvent } from './system-event.js';
import type { SystemLogCalls } from './system-log.worker.js';

/** Entries kept; the oldest go first. About 10 MB. */
const MAX_EVENTS = 100_000;

/** What the gateway went through, kept in a file below DATA_DIR across restarts. */
export class SystemLog {
  private readonly logger = new Logger(SystemLog.name);

  private constructor(private readonly thread: CallThread<SystemLogCalls>) {}

  /**
   * @param file the SQLite file, made when it is missing
   * @throws StartError saying why the file cannot be opened
   */
  static async open(file: string, options: FileOptions): Promise<SystemLog> {
    const script = new URL('./system-log.worker.js', import.meta.url);
    return new SystemLog(await CallThread.open(script, file, options));
  }

  /** Where a file that was found damaged is kept now. */
  get damagedFile(): string | undefined {
    return this.thread.damagedFile;
  }

  /** Adds an entry under the present time. A log that cannot be written is said in the process's log and stops nobody. */
  async append(type: SystemEvent['type'], message: string): Promise<void> {
    try {
      await this.thread.call('append', [{ timeUs: Date.now() * 1000, type, message }, MAX_EVENTS]);
    } catch (error) {
      this.logger.error(`The system log cannot take "${message}": ${(error as Error).message}`);
    }
  }

  /** @returns at most `limit` entries with an id below `beforeId`, newest first */
  newest(limit: number, beforeId = Number.MAX_SAFE_INTEGER): Promise<SystemEvent[]> {
    return this.thread.call('newest', [limit, beforeId]);
  }

  /** May be called twice. */
  close(): Promise<void> {
    return this.thread.close();
  }
}
