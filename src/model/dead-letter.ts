import type { Reading } from './reading.js';

/** A reading that the store refused for good. */
export interface DeadLetter {
  /** For the readings of one point, ids grow in the order of acceptance. */
  readonly id: number;
  /** When it became a dead letter, microseconds since the Unix epoch. */
  readonly timeUs: number;
  /** The store's error message. */
  readonly reason: string;
  readonly reading: Reading;
}

/** A dead letter that is not saved yet. */
export interface NewDeadLetter extends Omit<DeadLetter, 'id'> {
  /** Set when a dead letter was replayed and refused again: it keeps its id, so that ids grow in the order of acceptance. */
  readonly id: number | undefined;
}

/** Two readings with the same values here are the same point. */
export type Point = Pick<Reading, 'sensorId' | 'zone' | 'timestampUs'>;
