import type { LoggedEvent, SystemEvent } from './system-event.js';

/**
 * The system log for rooms that logs/ itself uses, and that must not import from it: they write events into the log and
 * read those that follow a row. Implemented by SystemLog in logs/.
 */
export abstract class EventLog {
  /** Random, made together with the log: a row number means something only together with it. */
  abstract readonly identity: string;

  /** From this row on, all entries are still kept; lastRow + 1 when there is none. Some before it may be kept, too. */
  abstract readonly firstRow: number;

  /** The row of the newest entry. */
  abstract readonly lastRow: number;

  /** Writes an event about the gateway itself, with the present time. Never rejects: a failed write is logged. */
  abstract record(
    type: SystemEvent['type'],
    message: string,
    about?: Pick<SystemEvent, 'sensorId'>,
  ): Promise<void>;

  /** Calls the listener with events once they are on disk, each once, in the order of their rows. */
  abstract onAppended(listener: (events: readonly LoggedEvent[]) => void): void;

  /** @returns at most `limit` entries with a row above `row`, in the order of their rows */
  abstract after(row: number, limit: number): Promise<LoggedEvent[]>;
}
