import type { Point } from './dead-letter.js';

/** Which readings to delete: those of one sensor with times from `fromUs` up to, not including, `toUs`. */
export interface Deletion {
  readonly sensorId: string;
  /** Only those of this zone; undefined for all zones. */
  readonly zone?: string | undefined;
  /** Microseconds since the Unix epoch. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** A deletion, and who asked for it. */
export interface RequestedDeletion extends Deletion {
  /** For a person, such as 'key "ops" (k1)'. */
  readonly requestedBy: string;
}

/** What became of a deletion. */
export interface DeletionResult {
  /** Differs from those of all other deletions, also of other journals. */
  readonly id: string;
  /** Of its entry in the journal. */
  readonly position: number;
  readonly deletion: RequestedDeletion;
  /** How many readings of the store it deleted; undefined when the store did not say. */
  readonly readings: number | undefined;
  /** How many dead letters it deleted. */
  readonly deadLetters: number;
  /** Why it was not carried out; undefined when it was. */
  readonly refusal: string | undefined;
  /** When it was not carried out: whether some or all of its readings may be deleted. */
  readonly isBegun: boolean;
}

/** Whether a reading is among those to delete, if it was accepted before. */
export function covers({ sensorId, zone, fromUs, toUs }: Deletion, point: Point): boolean {
  return (
    point.sensorId === sensorId &&
    point.timestampUs >= fromUs &&
    point.timestampUs < toUs &&
    (zone === undefined || point.zone === zone)
  );
}
