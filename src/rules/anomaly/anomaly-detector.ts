import type { Reading } from '../../model/reading.js';

/** What a detector sees of a reading. */
export type Observation = Pick<Reading, 'value' | 'timestampUs'>;

/**
 * Scores the readings of one sensor for one rule. What it learns is its own: a rule that is tried out gets a
 * detector of its own and leaves the live one alone.
 */
export interface AnomalyDetector {
  /**
   * Learns from readings and says how unusual each one was. How they are cut into calls makes no difference.
   * Calls must not overlap: an implementation may hand the readings to a worker.
   * @param readings of one sensor, each strictly newer than the one before, also across calls; finite values
   * @returns one score a reading, 0 (as expected) to 1; 0 while it still learns
   */
  score(readings: readonly Observation[]): Promise<number[]>;

  /**
   * Everything learnt, for DetectorFactory.restore: opaque bytes, at most MAX_STATE_BYTES of them. Taken when no
   * score() is under way.
   */
  save(): Uint8Array;
}

/** Makes the detectors of one method: one for each rule and sensor. */
export interface DetectorFactory {
  /** A detector that knows nothing yet. */
  create(): AnomalyDetector;

  /**
   * A detector that goes on from where another was saved, with scores that are the same to the last bit.
   * @throws DetectorStateError when the bytes are of another method or version, or damaged; create() one instead
   */
  restore(state: Uint8Array): AnomalyDetector;
}

/** No saved detector is larger, so that those of 10,000 sensors fit in 40 MB. */
export const MAX_STATE_BYTES = 4096;

/** Saved bytes that no detector can go on from. */
export class DetectorStateError extends Error {
  override readonly name = 'DetectorStateError';
}
