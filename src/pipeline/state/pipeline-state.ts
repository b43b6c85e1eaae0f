import type { Leap } from '../../clock/leap.js';
import type { Counters } from '../../journal/checkpoint.js';
import type { RememberedAnswer } from '../../journal/entry-codec.js';
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

/** What the state file holds at the start. */
export interface PipelineStart {
  /** Undefined when the file is new. */
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

/** What the pipeline asks of the thread that owns state.db. */
export interface PipelineStateCalls extends Record<string, (...args: never[]) => unknown> {
  start(): PipelineStart;
  adopt(releasedSeq: number, counters: Counters): void;
  /** Gives the journal another identity; positions behind `lastSeq` will mean other readings than before. */
  renew(lastSeq: number): string;
  step(step: Step): Stepped;
  sensors(afterSensorId: string, limit: number): RestoredSensor[];
  /** Saves sensors before the step that releases what has changed them. */
  saveSensors(sensors: SavedSensors): void;
  /** The latest readings that the store held before this gateway came are known. */
  latestLoaded(sensors: SavedSensors): void;
  /** The store that the knowledge of this file is of; undefined before settleStore(). */
  store(): (StorePlace & { readonly bucketId: string | undefined }) | undefined;
  /**
   * Says which store readings go to. When it is another one, what is known of sensors is forgotten: it was of that store.
   * @param bucketId undefined when it is not known
   */
  settleStore(place: StorePlace, bucketId: string | undefined): SettledStore;
  learnBucketId(bucketId: string): void;
  /** Somebody was told that readings do not go to this store any more. */
  toldOfStore(id: number): void;
  /** Makes the next start load the latest readings that the store holds. */
  reloadLatest(): void;
  forget(forgotten: ForgottenSensor): void;
  /** Adds those that are not there, or have expired by now. */
  remember(answers: readonly RememberedAnswer[], nowUs: number): void;
  recall(key: string): RememberedAnswer | undefined;
  /** Those under some keys, without the answers themselves. */
  remembered(keys: readonly string[]): Omit<RememberedAnswer, 'answer'>[];
  /** Corrects when remembered answers expire: see movedExpiry(). */
  moveExpiry(leap: Leap | undefined, latestUs: number): void;
  /** @returns the bytes of remembered answers by holder, without the answers under some keys */
  rememberedBytes(withoutKeys: readonly string[]): [holder: string, bytes: number][];
  /** The same, after it has deleted expired answers. */
  forgetExpired(nowUs: number, withoutKeys: readonly string[]): [holder: string, bytes: number][];
  deadLetters(afterId: number, limit: number): DeadLetter[];
  deadLetterIds(afterId: number, limit: number): number[];
  deadLettersOf(ids: readonly number[]): DeadLetter[];
  /** About `limit` dead letters of points that follow one, ordered by point and id; all of each point. */
  deadLettersByPoint(after: Point | undefined, limit: number): DeadLetter[];
  /** The ids among these whose dead letters exist. */
  existingDeadLetters(ids: readonly number[]): number[];
  /** For each point, whether there is a dead letter of it with a higher id. */
  hasNewerDeadLetter(points: readonly (Point & { readonly id: number })[]): boolean[];
  /** The bytes that the dead letters of each sensor take on disk. */
  deadLetterBytes(afterSensorId: string, limit: number): SensorBytes[];
  lastDeadLetterId(): number;
  /** Gives no new dead letter an id up to this one. */
  reserveDeadLetterIds(upTo: number): void;
  /** Keeps how many readings a deletion finds, until the step that releases it; null when that is not known. */
  keepCount(position: Position, readings: number | null): void;
  /** @returns undefined when keepCount() was not called */
  keptCount(position: Position): number | null | undefined;
  /** Results of deletions that recordedDeletion() was not called for. */
  unrecordedDeletions(): DeletionResult[];
  recordedDeletion(id: string): void;
  /** @returns its sensor and its bytes; undefined when there is none with that id */
  deleteDeadLetter(id: number): SensorBytes | undefined;
}
