import type { Leap } from '../../clock/leap.js';
import type { Counters } from '../../journal/checkpoint.js';
import type { RememberedAnswer } from '../../journal/entry.js';
import type { Position } from '../../journal/journal-entry.js';
import type { DeletionResult } from '../../model/deletion.js';
import type { DeadLetter, NewDeadLetter, Point } from '../../model/dead-letter.js';
import type { StorePlace } from '../../influx/store-place.js';
import type { ForgottenSensor, RestoredSensor } from '../../registry/sensor.js';
import type { PackedSensors } from './packed-sensors.js';
import type { LeftStore } from './store-table.js';

/** Sensors that changed. */
export interface SavedSensors {
  readonly sensors: PackedSensors;
  /** They are known as they are at this position in the journal. */
  readonly countedSeq: number;
}

/** One step of the pipeline: what left the journal, and its outcome. It is one transaction. */
export interface Step extends SavedSensors {
  readonly releasedSeq: number;
  readonly stored: number;
  readonly damaged: number;
  readonly deadLetters: readonly NewDeadLetter[];
  /** Dead letters that were tried again: they are deleted. */
  readonly replayed: readonly number[];
  /** Deletions that left the journal, in order. */
  readonly deletions: readonly StepDeletion[];
  readonly remembered: readonly RememberedAnswer[];
}

/** A deletion that leaves the journal. */
export interface StepDeletion extends Omit<DeletionResult, 'id' | 'deadLetters'> {
  /** How many of the step's dead letters are of readings that were accepted before it. */
  readonly lettersBefore: number;
  /** Whether nothing is left of the sensor, so that it is forgotten… */
  readonly forgets: boolean;
  /** …and up to which time readings of the store do not count then: see ForgottenSensor. */
  readonly ignoredUs?: number | undefined;
}

/** The outcome of entries that leave the journal. */
export type Outcome = Omit<Step, 'releasedSeq' | 'sensors' | 'countedSeq'>;

/** The bytes that a sensor's dead letters take on disk, or by how many that has changed. */
export interface SensorBytes {
  readonly sensorId: string;
  readonly bytes: number;
}

/** The result of a step. */
export interface Stepped {
  readonly counters: Counters;
  readonly changes: readonly SensorBytes[];
  /** What became of its deletions, in order. */
  readonly deletions: readonly DeletionResult[];
}

/** What the ledger holds at the start. */
export interface LedgerStart {
  /** Everything up to here has left the journal. Undefined when the ledger is new. */
  readonly releasedSeq: number | undefined;
  readonly counters: Counters;
  /** Random; replaced whenever sequence numbers may restart. */
  readonly identity: string;
  readonly forgotten: readonly ForgottenSensor[];
  /** Whether the latest readings that the store held before this gateway came are known. */
  readonly latestLoaded: boolean;
  /** Dead letters whose checksum was wrong; they were removed and counted as damaged. */
  readonly damagedDeadLetters: number;
}

/** Whether readings go to another store than before, and which stores were left and nobody was told. */
export interface SettledStore {
  readonly hasChanged: boolean;
  readonly untold: readonly LeftStore[];
}

/** A store, and its bucket's id where that is known. */
export type KnownStore = StorePlace & { readonly bucketId: string | undefined };

/**
 * What is known beside the journal: how far it is released, the outcome of what left it, dead letters, remembered answers,
 * and every sensor. A call is one transaction, and can no longer be lost once it returns. Local implementation: LocalLedger.
 *
 * Each call rejects with a CallError when nothing can be read or changed now; nothing has changed then.
 */
export abstract class Ledger {
  /** What it held when it was opened. */
  abstract readonly start: LedgerStart;

  /** Where it was moved to, because it was found damaged when it was opened; undefined when it was sound. */
  abstract readonly damagedFile: string | undefined;

  /** Replaces the counters and the released position: the journal knows better. */
  abstract adopt(releasedSeq: number, counters: Counters): Promise<void>;

  /** Gives the journal another identity; positions behind `lastSeq` will mean other readings than before. */
  abstract renew(lastSeq: number): Promise<string>;

  /** Records what left the journal, its outcome, and the sensors that it has changed. */
  abstract step(step: Step): Promise<Stepped>;

  /** At most `limit` sensors that follow an id, ordered by id. */
  abstract sensors(afterSensorId: string, limit: number): Promise<RestoredSensor[]>;

  /** Saves sensors before the step that releases what has changed them. */
  abstract saveSensors(sensors: SavedSensors): Promise<void>;

  /** The latest readings that the store held before this gateway came are known. */
  abstract latestLoaded(sensors: SavedSensors): Promise<void>;

  /** The store that the knowledge of this ledger is of; undefined before settleStore(). */
  abstract store(): Promise<KnownStore | undefined>;

  /**
   * Says which store readings go to. When it is another one, what is known of sensors is forgotten: it was of that store.
   * @param bucketId undefined when it is not known
   */
  abstract settleStore(place: StorePlace, bucketId: string | undefined): Promise<SettledStore>;

  abstract learnBucketId(bucketId: string): Promise<void>;

  /** Somebody was told that readings do not go to this store any more. */
  abstract toldOfStore(id: number): Promise<void>;

  /** Makes the next start load the latest readings that the store holds. */
  abstract reloadLatest(): Promise<void>;

  abstract forget(forgotten: ForgottenSensor): Promise<void>;

  /** Adds those that are not there, or have expired by now. */
  abstract remember(answers: readonly RememberedAnswer[], nowUs: number): Promise<void>;

  abstract recall(key: string): Promise<RememberedAnswer | undefined>;

  /** Those under some keys, without the answers themselves. */
  abstract remembered(keys: readonly string[]): Promise<Omit<RememberedAnswer, 'answer'>[]>;

  /** Corrects when remembered answers expire: see movedExpiry(). */
  abstract moveExpiry(leap: Leap | undefined, latestUs: number): Promise<void>;

  /** @returns the bytes of remembered answers by holder, without the answers under some keys */
  abstract rememberedBytes(withoutKeys: readonly string[]): Promise<[holder: string, bytes: number][]>;

  /** The same, after it has deleted expired answers. */
  abstract forgetExpired(
    nowUs: number,
    withoutKeys: readonly string[],
  ): Promise<[holder: string, bytes: number][]>;

  /** At most `limit` dead letters that follow an id, ordered by id. */
  abstract deadLetters(afterId: number, limit: number): Promise<DeadLetter[]>;

  abstract deadLetterIds(afterId: number, limit: number): Promise<number[]>;

  abstract deadLettersOf(ids: readonly number[]): Promise<DeadLetter[]>;

  /** About `limit` dead letters of points that follow one, ordered by point and id; all of each point. */
  abstract deadLettersByPoint(after: Point | undefined, limit: number): Promise<DeadLetter[]>;

  /** The ids among these whose dead letters exist. */
  abstract existingDeadLetters(ids: readonly number[]): Promise<number[]>;

  /** For each point, whether there is a dead letter of it with a higher id. */
  abstract hasNewerDeadLetter(points: readonly (Point & { readonly id: number })[]): Promise<boolean[]>;

  /** The bytes that the dead letters of each sensor take on disk. */
  abstract deadLetterBytes(afterSensorId: string, limit: number): Promise<SensorBytes[]>;

  /** The id of the newest dead letter; 0 when there is none. */
  abstract lastDeadLetterId(): Promise<number>;

  /** Gives no new dead letter an id up to this one. */
  abstract reserveDeadLetterIds(upTo: number): Promise<void>;

  /** @returns its sensor and its bytes; undefined when there is none with that id */
  abstract deleteDeadLetter(id: number): Promise<SensorBytes | undefined>;

  /** Keeps how many readings a deletion finds, until the step that releases it; null when that is not known. */
  abstract keepCount(position: Position, readings: number | null): Promise<void>;

  /** @returns undefined when keepCount() was not called */
  abstract keptCount(position: Position): Promise<number | null | undefined>;

  /** Results of deletions that recordedDeletion() was not called for. */
  abstract unrecordedDeletions(): Promise<DeletionResult[]>;

  abstract recordedDeletion(id: string): Promise<void>;

  /** Waits for the calls made so far. May be called twice. */
  abstract close(): Promise<void>;
}
