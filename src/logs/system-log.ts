import { randomUUID } from 'node:crypto';

import { Logger } from '@nestjs/common';

import type { ExpiryClock } from '../clock/expiry-clock.js';
import { LATEST_MS } from '../clock/plausible-time.js';
import type { EventFilter, PagePosition } from './event-filter.js';
import { EventLog } from '../model/event-log.js';
import type { LoggedEvent, SystemEvent } from '../model/system-event.js';
import type { EventStorage, LogState } from './event-storage.js';

/** Entries in the log at most; LogShares decides whose oldest entry is dropped then. About 50 MB. */
const MAX_EVENTS = 100_000;
/** Old entries removed in one commit, so that new ones never wait long. */
const REMOVED_PER_COMMIT = 1_000;
/** A step back by less is bridged: events stay in order. */
const MAX_STEP_US = 1_000_000;

type LogClock = Pick<ExpiryClock, 'dateMs'>;

/** What happened to the gateway and what rules found; it survives restarts. */
export class SystemLog extends EventLog {
  private readonly logger = new Logger(SystemLog.name);
  private readonly listeners: ((events: readonly LoggedEvent[]) => void)[] = [];
  private readonly dropListeners: ((appended: readonly LoggedEvent[]) => void)[] = [];
  private lastRecordUs = 0;
  private removed = 0;
  private dropped = 0;
  /** Entries after this row were appended in this run. */
  private readonly lastRowAtStart: number;
  private readonly state: { -readonly [K in keyof LogState]: LogState[K] };

  private constructor(
    private readonly storage: EventStorage,
    state: LogState,
    private readonly clock: LogClock,
    /** Entries in the log at most. */
    readonly maxEvents: number,
  ) {
    super();
    this.state = { ...state };
    this.lastRowAtStart = state.lastRow;
  }

  /**
   * @param clock for the time at which entries are appended, which only removeOld() goes by
   * @param maxEvents entries in the log at most, whatever their age; of more, those leave that LogShares chooses
   * @throws CallError when its state cannot be read
   */
  static async open(storage: EventStorage, clock: LogClock, maxEvents = MAX_EVENTS): Promise<SystemLog> {
    return new SystemLog(storage, await storage.state(), clock, maxEvents);
  }

  /** How many entries removeOld() has removed since the start. */
  get removedEntries(): number {
    return this.removed;
  }

  /** Where the file is kept that was found damaged at the start. */
  get damagedFile(): string | undefined {
    return this.storage.damagedFile;
  }

  /** Random. Rows mean something only together with it: a damaged log is replaced by a new one. */
  override get identity(): string {
    return this.state.identity;
  }

  /** From this row on, all entries are still in the log; lastRow + 1 when it is empty. */
  override get firstRow(): number {
    return this.state.firstRow;
  }

  /** The row of the entry that was appended last. */
  override get lastRow(): number {
    return this.state.lastRow;
  }

  /** How many entries have left the full log since the start. */
  get droppedEntries(): number {
    return this.dropped;
  }

  /** How many entries left the full log since told() was last called, in this run and before. */
  get untold(): number {
    return this.state.untold;
  }

  /** The store has a copy of all entries up to this row. */
  get copiedRow(): number {
    return this.state.copiedRow;
  }

  /**
   * Appends events, and returns once they are on disk. An event whose id is in the log already is left out.
   * @returns how many older entries have left the full log for them
   * @throws CallError when the log cannot be written
   */
  async append(events: readonly SystemEvent[]): Promise<number> {
    const { appended, firstRow, dropped } = await this.storage.append(
      events,
      // Without a known time it lies in the future, until redate() knows better.
      Math.floor((this.clock.dateMs ?? LATEST_MS) * 1000),
      this.maxEvents,
    );
    const last = appended.at(-1);
    if (!last) return 0;
    this.state.lastRow = last.row;
    this.state.firstRow = firstRow;
    this.dropped += dropped;
    this.state.untold += dropped;
    for (const listener of this.listeners) listener(appended);
    if (dropped > 0) for (const listener of this.dropListeners) listener(appended);
    return dropped;
  }

  /**
   * Appends an event about the gateway itself, with the present time, which is unique and increasing until the machine's clock
   * is set back. If the log cannot be written, the process's log says so, and the caller carries on.
   */
  override async record(
    type: SystemEvent['type'],
    message: string,
    about: Pick<SystemEvent, 'sensorId'> = {},
  ): Promise<void> {
    try {
      await this.appendNow(type, message, about);
    } catch (error) {
      this.logger.error(`Cannot write "${message}" to the system log: ${(error as Error).message}`);
    }
  }

  /**
   * The same, for callers that have to know whether it is in the log.
   * @returns as append()
   * @throws CallError when the log cannot be written
   */
  appendNow(
    type: SystemEvent['type'],
    message: string,
    about: Pick<SystemEvent, 'sensorId'> = {},
  ): Promise<number> {
    const nowUs = Date.now() * 1000;
    const wasSetBack = nowUs < this.lastRecordUs - MAX_STEP_US;
    this.lastRecordUs = wasSetBack ? nowUs : Math.max(nowUs, this.lastRecordUs + 1);
    return this.append([{ id: randomUUID(), timeUs: this.lastRecordUs, type, message, ...about }]);
  }

  /** Calls the listener with events once they are on disk, each once, in the order of their rows. */
  override onAppended(listener: (events: readonly LoggedEvent[]) => void): void {
    this.listeners.push(listener);
  }

  /** Calls the listener with entries for which older ones have left the full log. */
  onDropped(listener: (appended: readonly LoggedEvent[]) => void): void {
    this.dropListeners.push(listener);
  }

  /** Saves that the log says how many entries left it. @param count of those in `untold` */
  async told(count: number): Promise<void> {
    await this.storage.told(count);
    this.state.untold -= count;
  }

  /** @returns at most `limit` entries, newest first; at equal times, the higher row first */
  newest(filter: EventFilter, limit: number, after?: PagePosition): Promise<LoggedEvent[]> {
    return this.storage.newest(filter, limit, after);
  }

  /** @returns at most `limit` entries with a row above `row`, in the order in which they were appended */
  override after(row: number, limit: number): Promise<LoggedEvent[]> {
    return this.storage.after(row, limit);
  }

  /** Saves that the store has all entries up to a row. */
  async markCopied(row: number): Promise<void> {
    await this.storage.copied(row);
    this.state.copiedRow = row;
  }

  /**
   * Removes entries that were appended before a time, in small steps.
   * @param upToRow none beyond this row is removed
   */
  async removeOld(appendedBeforeUs: number, upToRow: number): Promise<void> {
    for (let removed = REMOVED_PER_COMMIT; removed === REMOVED_PER_COMMIT;) {
      const step = await this.storage.removeOld(appendedBeforeUs, upToRow, REMOVED_PER_COMMIT);
      this.state.firstRow = step.firstRow;
      this.removed += step.removed;
      removed = step.removed;
    }
  }

  /**
   * Corrects when entries were appended, after the machine's clock was set.
   * @param shiftMs added to the times of this run's entries
   * @param nowMs entries cannot have been appended later
   */
  async redate(shiftMs: number, nowMs: number): Promise<void> {
    const [shiftUs, nowUs] = [Math.floor(shiftMs * 1000), Math.floor(nowMs * 1000)];
    await this.storage.redate(this.lastRowAtStart, shiftUs, nowUs);
  }

  /** May be called twice. */
  close(): Promise<void> {
    return this.storage.close();
  }
}
