import { CallThread, type CallsOf, type FileOptions } from '../common/workers/call-thread.js';
import type { LoggedEvent, SystemEvent } from '../model/system-event.js';
import type { EventFilter, PagePosition } from './event-filter.js';
import { type AppendResult, EventStorage, type LogState, type RemovalResult } from './event-storage.js';

/** What it asks of its thread. */
export type EventCalls = CallsOf<
  LocalEventStorage,
  'state' | 'append' | 'newest' | 'after' | 'copied' | 'told' | 'redate' | 'removeOld' | 'renew'
>;

/** Entries in a SQLite file, which a thread of its own has open. */
export class LocalEventStorage extends EventStorage {
  private constructor(private readonly thread: CallThread<EventCalls>) {
    super();
  }

  /**
   * @param file the SQLite file, made when it is missing
   * @throws StartError saying why the file cannot be opened
   */
  static async open(file: string, options: FileOptions): Promise<LocalEventStorage> {
    const script = new URL('./system-log.worker.js', import.meta.url);
    return new LocalEventStorage(await CallThread.open<EventCalls>(script, file, options));
  }

  get damagedFile(): string | undefined {
    return this.thread.damagedFile;
  }

  state(): Promise<LogState> {
    return this.thread.call('state', []);
  }

  append(events: readonly SystemEvent[], nowUs: number, max: number): Promise<AppendResult> {
    return this.thread.call('append', [events, nowUs, max]);
  }

  newest(filter: EventFilter, limit: number, after?: PagePosition): Promise<LoggedEvent[]> {
    return this.thread.call('newest', [filter, limit, after]);
  }

  after(row: number, limit: number): Promise<LoggedEvent[]> {
    return this.thread.call('after', [row, limit]);
  }

  copied(row: number): Promise<void> {
    return this.thread.call('copied', [row]);
  }

  told(count: number): Promise<void> {
    return this.thread.call('told', [count]);
  }

  redate(afterRow: number, shiftUs: number, nowUs: number): Promise<void> {
    return this.thread.call('redate', [afterRow, shiftUs, nowUs]);
  }

  removeOld(appendedBeforeUs: number, upToRow: number, limit: number): Promise<RemovalResult> {
    return this.thread.call('removeOld', [appendedBeforeUs, upToRow, limit]);
  }

  /** Gives the log another identity: rows that are appended from now on may be in another log, too. */
  renew(): Promise<void> {
    return this.thread.call('renew', []);
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
