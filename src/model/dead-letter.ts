import type { Reading } from './reading.js';

/** A reading that the store refused for good. */
export interface DeadLetter {
  /** Of one point it grows in the order in which its readings were accepted. */
  readonly id: number;
  /** When it was set aside, microseconds since the Unix epoch. */
  readonly timeUs: number;
  /** The store's own words. */
  readonly reason: string;
  readonly reading: Reading;
}

/** One that is set aside now. */
export interface NewDeadLetter extends Omit<DeadLetter, 'id'> {
  /** Of a dead letter that was tried again: it is kept under its id, so that ids grow as readings were accepted. */
  readonly id: number | undefined;
}

/** What makes two readings the same point. */
export type Point = Pick<Reading, 'sensorId' | 'zone' | 'timestampUs'>;
