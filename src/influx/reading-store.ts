import { StoreUnavailable } from '../common/errors/store-unavailable.js';
import type { Bucket, BucketSpans, EvenBuckets, UnevenBuckets } from '../model/bucket.js';
import type { Deletion } from '../model/deletion.js';
import type { LatencyBucket } from '../model/latencies.js';
import type { SystemEvent } from '../model/system-event.js';
import type { ReadingColumns } from '../model/reading-columns.js';
import type { Reading, ReadingPosition } from '../model/reading.js';

/** Older than the store's retention; of another type than the field has; not parsed; too large; anything else. */
export type RefusalKind = 'retention' | 'type conflict' | 'syntax' | 'size' | 'other';

/** A reading or event the store refused for good: sending it again would be refused again. */
export interface Refusal {
  /** Its index in what was passed to write() or copyEvents(). */
  readonly index: number;
  /** The kind of cause. */
  readonly kind: RefusalKind;
  /** The store's own reason. */
  readonly reason: string;
}

/** Readings of one sensor to ask for: times from `fromUs` up to, not including, `toUs`. */
export interface ReadingRange {
  readonly sensorId: string;
  readonly fromUs: number;
  readonly toUs: number;
  /** Only readings of this zone. */
  readonly zone?: string;
  /** Whether the newest reading comes first; by default the oldest does. */
  readonly newestFirst?: boolean;
  /** Only readings that come after this position in the order that is asked for. */
  readonly after?: ReadingPosition;
  /** The most readings to return, from the first on. */
  readonly limit: number;
}

/** Sensors to ask for: those with readings from `fromUs` up to, not including, `toUs`. */
export interface SensorsRange {
  readonly fromUs: number;
  readonly toUs: number;
  /** Only those with readings of this zone. */
  readonly zone?: string;
}

/** A sensor and a range: times from `fromUs` up to, not including, `toUs`. */
interface SensorRange {
  readonly sensorId: string;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Buckets of one sensor to ask for. Uneven buckets begin at `fromUs` or before, and end at `toUs` or after. */
export type BucketRange = SensorRange & BucketSpans;

/** The same, of one length. */
export type EvenBucketRange = SensorRange & EvenBuckets;

/** The same, of different lengths. */
export type UnevenBucketRange = SensorRange & UnevenBuckets;

/** Whether the store answers; `reason` explains to a person why it does not. */
export interface StoreState {
  readonly state: 'up' | 'down';
  readonly reason: string;
  /** Whether the store answers but refuses the credentials: only a change of configuration helps. */
  readonly credentialsRefused?: boolean;
  /** Why the store may not be read, although it takes readings; absent when it may. */
  readonly unreadable?: string;
}

/** What is odd about the readings that other programs wrote into the store, for the system log. */
export interface StoreFinding {
  readonly type: 'critical' | 'anomaly' | 'normal';
  readonly message: string;
}

/** The store answers but refuses the credentials; once they are corrected, the same call may succeed. */
export class CredentialsRefused extends StoreUnavailable {}

/** The store answered that it will never carry out a deletion; this attempt deleted nothing. */
export class DeletionRefused extends Error {}

/** The store takes readings, but the credentials do not allow to read them. */
export class ReadRefused extends CredentialsRefused {}

/** Where readings live. Implementations: InfluxStore, EmbeddedStore. */
export abstract class ReadingStore {
  /** What messages and traces call it, such as "InfluxDB". */
  abstract readonly label: string;

  /** Where its own damaged file is kept; undefined when no file was damaged. */
  abstract readonly damagedFile: string | undefined;

  /** How many writes to run at the same time; writes of one sensor must never overlap. */
  abstract readonly concurrentWrites: number;

  /** How many readings one write takes at most. While more of them wait, each write gets that many. */
  abstract readonly maxReadingsPerWrite: number;

  /** The longest pause between two writes under load, in milliseconds, after which the next one is larger and each reading costs less. */
  abstract readonly maxPauseMs: number;

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

  /** How many readings READINGS_RETENTION has deleted since the start; 0 where it does not apply. */
  abstract readonly removedReadings: number;

  /** Whether the store works, as of the last call or probe. */
  abstract readonly state: StoreState;

  /** Calls the listener at each change of the state or its reason; at once when the store is down already. */
  abstract onStateChange(listener: (change: StoreState) => void): void;

  /** Calls the listener with each finding, once in each run; at once with earlier ones. */
  abstract onFinding(listener: (finding: StoreFinding) => void): void;

  /**
   * Writes readings in order. Writing the same sensor, zone and timestamp again replaces the fields it brings, so a retry
   * is safe. When it returns, every reading that is not refused is on the store's disk.
   * @param signal cancels the call, for example because the gateway stops; time-outs are the store's own
   * @returns the readings that were refused for good; all others are stored
   * @throws StoreUnavailable when some or all may not be stored
   */
  abstract write(readings: ReadingColumns, signal: AbortSignal): Promise<Refusal[]>;

  /**
   * How many readings a deletion finds.
   * @throws StoreUnavailable
   */
  abstract count(deletion: Deletion, signal: AbortSignal): Promise<number>;

  /**
   * Deletes readings. The same deletion again is safe. When it returns, none of them is found any more, also after a crash.
   * A write of the same points afterwards stays.
   * @throws DeletionRefused
   * @throws StoreUnavailable when some or all may not be deleted
   */
  abstract delete(deletion: Deletion, signal: AbortSignal): Promise<void>;

  /**
   * Copies entries of the system log to the store, so that its other clients can read them. The same copy again changes nothing.
   * Does nothing where `copiesEvents` is false.
   * @returns the events that were refused for good; all others are copied
   * @throws StoreUnavailable when some or all may not be copied
   */
  abstract copyEvents(events: readonly SystemEvent[], signal: AbortSignal): Promise<Refusal[]>;

  /**
   * The newest reading of a sensor by timestamp; of several zones at one time, the last zone in order.
   * @returns undefined when the store has none
   * @throws StoreUnavailable
   */
  abstract latest(sensorId: string, signal: AbortSignal): Promise<Reading | undefined>;

  /**
   * A sensor's readings in a range, by time and at one time by zone; in the opposite order when `newestFirst`.
   * @throws StoreUnavailable
   */
  abstract readings(range: ReadingRange, signal: AbortSignal): Promise<Reading[]>;

  /**
   * A range in buckets, over all zones of the sensor, oldest first; empty ones are left out. The first and the last bucket
   * hold only their readings within the range.
   * @throws StoreUnavailable
   */
  abstract buckets(range: BucketRange, signal: AbortSignal): Promise<Bucket[]>;

  /**
   * The latencies of a range in buckets, over all zones of the sensor, oldest first; those without any are left out. The first and the
   * last bucket hold only those within the range. Percentiles are exact in buckets with up to 10,000 latencies, and right to three
   * significant digits in others.
   * @throws StoreUnavailable
   */
  abstract latencies(range: BucketRange, signal: AbortSignal): Promise<LatencyBucket[]>;

  /**
   * The sensors of a range, each once, in any order. There may be others among them, which have no such readings.
   * @param signal cancels the call; time-outs are the store's own, since the caller may take long between two sensors
   * @throws StoreUnavailable
   */
  abstract sensorIds(range: SensorsRange, signal: AbortSignal): AsyncIterable<string>;

  /**
   * The newest reading of every sensor, in any order.
   * @throws StoreUnavailable
   */
  abstract allLatest(signal: AbortSignal): AsyncIterable<Reading>;

  /** Ends all work and releases what the store holds. May be called twice. */
  abstract close(): Promise<void>;
}
