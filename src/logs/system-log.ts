import { randomUUID } from 'node:crypto';

import { Logger } from '@nestjs/common';

import { CallThread, type FileOptions } from '../threads/call-thread.js';
import type { LoggedEvent, SystemEvent } from './system-event.js';
import type { SystemLogCalls } from './system-log.worker.js';

/** Entries kept; the oldest go first. About 10 MB. */
const MAX_EVENTS = 100_000;

/** What the gateway went through, kept in a file below DATA_DIR across restarts. */
export class SystemLog {
  private readonly logger = new Logger(SystemLog.name);
  private last = 0;
  private readonly listeners: ((events: readonly LoggedEvent[]) => void)[] = [];

  private constructor(private readonly thread: CallThread<SystemLogCalls>) {}

  /**
   * @param file the SQLite file, made when it is missing
   * @throws StartError saying why the file cannot be opened
   */
  static async open(file: string, options: FileOptions): Promise<SystemLog> {
    const script = new URL('./system-log.worker.js', import.meta.url);
    const log = new SystemLog(await CallThread.open(script, file, options));
    log.last = (await log.newest(1))[0]?.row ?? 0;
    return log;
  }

  /** Where a file that was found damaged is kept now. */
  get damagedFile(): string | undefined {
    return this.thread.damagedFile;
  }

  /**
   * Keeps events; one whose id is in the log already is not kept twice. Returns once they are on disk.
   * @throws CallError when the log cannot be written
   */
  async keep(events: readonly SystemEvent[]): Promise<void> {
    const kept = await this.thread.call('keep', [events, MAX_EVENTS]);
    this.last = kept.at(-1)?.row ?? this.last;
    if (kept.length > 0) for (const listener of this.listeners) listener(kept);
  }

  /** Keeps what the gateway itself goes through, under the present time. A log that cannot be written is said in the process's log and stops nobody. */
  async note(type: SystemEvent['type'], message: string): Promise<void> {
    try {
      await this.keep([{ id: randomUUID(), timeUs: Date.now() * 1000, type, message }]);
    } catch (error) {
      this.logger.error(`The system log cannot take "${message}": ${(error as Error).message}`);
    }
  }

  /** Calls the listener with events once they are on disk, each once, in the order of their rows. */
  onKept(listener: (events: readonly LoggedEvent[]) => void): void {
    this.listeners.push(listener);
  }

  /** @returns at most `limit` entries with a row below `beforeRow`, newest first */
  newest(limit: number, beforeRow = Number.MAX_SAFE_INTEGER): Promise<LoggedEvent[]> {
    return this.thread.call('newest', [limit, beforeRow]);
  }

  get lastRow(): number {
    return this.last;
  }

  get firstRow(): number {
    return 1;
  }

  get identity(): string {
    return 'stub';
  }

  after(row: number, limit: number): Promise<LoggedEvent[]> {
    return this.thread.call('after', [row, limit]);
  }

  /** May be called twice. */
  close(): Promise<void> {
    return this.thread.close();
  }
}
