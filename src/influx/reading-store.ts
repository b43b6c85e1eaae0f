import { StoreUnavailable } from '../common/errors/store-unavailable.js';
import type { Bucket } from '../model/bucket.js';
import type { SystemEvent } from '../model/system-event.js';
import type { ReadingColumns } from '../model/reading-columns.js';
import type { Reading, ReadingPosition } from '../model/reading.js';

/** Older than the store keeps readings; of another type than it has; not understood; too large; anything else. */
export type RefusalKind = 'retention' | 'type conflict' | 'syntax' | 'size' | 'other';

/** A reading or event the store refused for good: sending it again would be refused again. */
export interface Refusal {
  /** Its place among all that was given to write() or copyEvents(). */
  readonly index: number;
  /** What the refusals of one cause have in common. */
  readonly kind: RefusalKind;
  /** The store's own reason. */
  readonly reason: string;
}

/** Which readings of one sensor are asked for: times from `fromUs` up to, not including, `toUs`. */
export interface ReadingRange {
  readonly sensorId: string;
  readonly fromUs: number;
  readonly toUs: number;
  /** Only readings that stand after this place. */
  readonly after?: ReadingPosition;
  /** At most so many readings, from the oldest on. */
  readonly limit: number;
}

/** Which buckets of one sensor are asked for, made of times from `fromUs` up to, not including, `toUs`. */
export interface BucketRange {
  readonly sensorId: string;
  readonly fromUs: number;
  readonly toUs: number;
  /** A bucket's length, at least 1,000. */
  readonly everyUs: number;
}

/** Whether the store answers; `reason` says for a person why it does not, or that it does again. */
export interface StoreState {
  readonly state: 'up' | 'down';
  readonly reason: string;
  /** Whether it answers, and refuses the credentials: nothing but a change of configuration helps. */
  readonly credentialsRefused?: boolean;
}

/** The store answers, and refuses the credentials; once they are mended the same call may succeed. */
export class CredentialsRefused extends StoreUnavailable {}

/** Where readings live. Implementations: InfluxStore, EmbeddedStore. */
export abstract class ReadingStore {
  /** What messages and traces call it, such as "InfluxDB". */
  abstract readonly label: string;

  /** Where its own damaged file is kept; undefined when no file was damaged. */
  abstract readonly damagedFile: string | undefined;

  /** How many writes to run at the same time; writes of one sensor must never overlap. */
  abstract readonly concurrentWrites: number;

  /**
   * Milliseconds that the start waits until the store has every reading in the journal; 0 means that it does not wait.
   * A store that may be down must not delay the start.
   */
  abstract readonly drainAtStartMs: number;

  /** Milliseconds that the stop waits until the store has every reading in the journal; the rest stays in the journal. */
  abstract readonly drainAtStopMs: number;

  /** Whether copyEvents() makes a copy. False when readings and system log are on one disk: a copy would add nothing. */
  abstract readonly copiesEvents: boolean;

  /** Whether it deletes readings that are older than READINGS_RETENTION. False when a database has its own retention. */
  abstract readonly appliesRetention: boolean;

  /** Whether the store works, as of the last call or probe. */
  abstract readonly state: StoreState;

  /** Calls the listener each time the state changes between up and down; at once when it is down already. */
  abstract onStateChange(listener: (change: StoreState) => void): void;

  /**
   * Writes readings, in the order given; writing the same sensor, zone and timestamp again replaces the
   * fields it brings, so a retry is safe. What is neither refused nor thrown for is on the store's disk.
   * @returns the readings that were refused for good; all others are stored
   * @param signal gives up, for example because the gateway stops; time-outs are the store's own
   * @throws StoreUnavailable when some or all may not be stored
   */
  abstract write(readings: ReadingColumns, signal: AbortSignal): Promise<Refusal[]>;

  /**
   * Copies entries of the system log to where the store's readers can ask for them; the same again changes nothing.
   * Does nothing where `copiesEvents` is false.
   * @returns the events that were refused for good; all others are there
   * @throws StoreUnavailable when some or all may not be there
   */
  abstract copyEvents(events: readonly SystemEvent[], signal: AbortSignal): Promise<Refusal[]>;

  /**
   * The newest reading of a sensor by timestamp; of several zones at one time the last in order.
   * @returns undefined when the store has none
   * @throws StoreUnavailable
   */
  abstract latest(sensorId: string, signal: AbortSignal): Promise<Reading | undefined>;

  /**
   * A sensor's readings in a range, oldest first, at one time ordered by zone.
   * @throws StoreUnavailable
   */
  abstract readings(range: ReadingRange, signal: AbortSignal): Promise<Reading[]>;

  /**
   * A range in buckets that begin at whole multiples of `everyUs` since the Unix epoch, over all zones of the
   * sensor, oldest first; those without readings are left out. The first and the last one hold what of them
   * lies in the range.
   * @throws StoreUnavailable
   */
  abstract buckets(range: BucketRange, signal: AbortSignal): Promise<Bucket[]>;

  /**
   * The newest reading of every sensor, in any order.
   * @throws StoreUnavailable
   */
  abstract allLatest(signal: AbortSignal): AsyncIterable<Reading>;

  /** Ends all work and releases what the store holds. May be called twice. */
  abstract close(): Promise<void>;
}
