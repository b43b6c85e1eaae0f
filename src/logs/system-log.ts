import { randomUUID } from 'node:crypto';

import { Logger } from '@nestjs/common';

import { CallThread, type FileOptions } from '../common/workers/call-thread.js';
import type { EventFilter, EventPlace } from './event-filter.js';
import { EventLog } from '../model/event-log.js';
import type { LoggedEvent, SystemEvent } from '../model/system-event.js';
import type { LogState, SystemLogCalls } from './system-log.worker.js';

/** Entries kept; those that were kept first go first. About 50 MB. */
const MAX_EVENTS = 100_000;
/** Entries removed by age in one commit, so that new ones never wait long. */
const REMOVED_AT_ONCE = 1_000;

/** What the gateway went through and what rules found, kept in a file below DATA_DIR across restarts. */
export class SystemLog extends EventLog {
  private readonly logger = new Logger(SystemLog.name);
  private readonly listeners: ((events: readonly LoggedEvent[]) => void)[] = [];
  private lastNoteUs = 0;
  private readonly state: { -readonly [K in keyof LogState]: LogState[K] };

  private constructor(
    private readonly thread: CallThread<SystemLogCalls>,
    state: LogState,
    private readonly maxEvents: number,
  ) {
    super();
    this.state = { ...state };
  }

  /**
   * @param file the SQLite file, made when it is missing
   * @param maxEvents entries kept, whatever their age
   * @throws StartError saying why the file cannot be opened
   */
  static async open(file: string, options: FileOptions, maxEvents = MAX_EVENTS): Promise<SystemLog> {
    const script = new URL('./system-log.worker.js', import.meta.url);
    const thread = await CallThread.open<SystemLogCalls>(script, file, options);
    return new SystemLog(thread, await thread.call('state', []), maxEvents);
  }

  /** Where a file that was found damaged is kept now. */
  get damagedFile(): string | undefined {
    return this.thread.damagedFile;
  }

  /** Random, made with the file: rows mean something only together with it, because a damaged file is begun anew. */
  override get identity(): string {
    return this.state.identity;
  }

  /** The lowest row that is still kept; lastRow + 1 when there is none. */
  override get firstRow(): number {
    return this.state.firstRow;
  }

  /** The row of the entry that was kept last. */
  override get lastRow(): number {
    return this.state.lastRow;
  }

  /** Up to this row all entries are in the store, too. */
  get copiedRow(): number {
    return this.state.copiedRow;
  }

  /**
   * Keeps events; one whose id is in the log already is not kept twice. Returns once they are on disk.
   * @throws CallError when the log cannot be written
   */
  async keep(events: readonly SystemEvent[]): Promise<void> {
    const { kept, firstRow } = await this.thread.call('keep', [events, Date.now() * 1000, this.maxEvents]);
    const last = kept.at(-1);
    if (!last) return;
    this.state.lastRow = last.row;
    this.state.firstRow = firstRow;
    for (const listener of this.listeners) listener(kept);
  }

  /**
   * Keeps what the gateway itself goes through, under the present time, made unique and increasing for as long as the
   * gateway runs. A log that cannot be written is said in the process's log and stops nobody.
   */
  override async note(
    type: SystemEvent['type'],
    message: string,
    about: Pick<SystemEvent, 'sensorId'> = {},
  ): Promise<void> {
    this.lastNoteUs = Math.max(Date.now() * 1000, this.lastNoteUs + 1);
    try {
      await this.keep([{ id: randomUUID(), timeUs: this.lastNoteUs, type, message, ...about }]);
    } catch (error) {
      this.logger.error(`The system log cannot take "${message}": ${(error as Error).message}`);
    }
  }

  /** Calls the listener with events once they are on disk, each once, in the order of their rows. */
  override onKept(listener: (events: readonly LoggedEvent[]) => void): void {
    this.listeners.push(listener);
  }

  /** @returns at most `limit` entries, newest first by when they happened, at one time by row */
  newest(filter: EventFilter, limit: number, after?: EventPlace): Promise<LoggedEvent[]> {
    return this.thread.call('newest', [filter, limit, after]);
  }

  /** @returns at most `limit` entries with a row above `row`, in the order in which they were kept */
  override after(row: number, limit: number): Promise<LoggedEvent[]> {
    return this.thread.call('after', [row, limit]);
  }

  /** Notes that the store has all entries up to a row. */
  async copied(row: number): Promise<void> {
    await this.thread.call('copied', [row]);
    this.state.copiedRow = row;
  }

  /**
   * Removes entries that were kept before a time, in small steps.
   * @param upToRow none beyond this row is removed
   */
  async removeOld(keptBeforeUs: number, upToRow: number): Promise<void> {
    for (let removed = REMOVED_AT_ONCE; removed === REMOVED_AT_ONCE;) {
      const step = await this.thread.call('removeOld', [keptBeforeUs, upToRow, REMOVED_AT_ONCE]);
      this.state.firstRow = step.firstRow;
      removed = step.removed;
    }
  }

  /** May be called twice. */
  close(): Promise<void> {
    return this.thread.close();
  }
}
