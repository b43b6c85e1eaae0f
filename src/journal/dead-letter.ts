import type { Reading } from '../reading/reading.js';

/** A reading that the store refused for good. */
export interface DeadLetter {
  /** Grows from one to the next. */
  readonly id: number;
  /** When it was set aside, microseconds since the Unix epoch. */
  readonly timeUs: number;
  /** The store's own words. */
  readonly reason: string;
  readonly reading: Reading;
}
