import type { RefusalKind } from '../influx/reading-store.js';
import type { AcceptanceTime } from './in-flight-group.js';
import type { StoreWrite } from './store-writer.js';

/** Called for a dead letter. */
export type DeadLetterListener = (kind: RefusalKind, reason: string) => void;

/** The state of the forwarder, for rooms that report it. */
export abstract class ForwarderMonitor {
  /** When the oldest reading that is not stored was accepted. */
  abstract readonly oldest: AcceptanceTime | undefined;

  /** Calls the listener for every dead letter. */
  abstract onDeadLetter(listener: DeadLetterListener): void;

  /** Calls the listener after every write to the store, however it ended. */
  abstract onWrite(listener: (write: StoreWrite) => void): void;
}
