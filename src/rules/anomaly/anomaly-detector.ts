import type { Reading } from '../../model/reading.js';

/** What a detector sees of a reading. */
export type Observation = Pick<Reading, 'value' | 'timestampUs'>;

/**
 * Scores the readings of one sensor for one rule. Detectors share nothing: a rule that is tried out gets a new detector,
 * and the live one does not change.
 */
export interface AnomalyDetector {
  /**
   * Learns from readings and says how unusual each one was. The result does not depend on how the readings are divided
   * into calls. Calls must not overlap: an implementation may hand the readings to a worker.
   * @param readings of one sensor, each strictly newer than the one before, also across calls, unless a clock was set back;
   *   finite values
   * @returns one score for each reading, 0 (as expected) to 1; 0 while it still learns
   */
  score(readings: readonly Observation[]): Promise<number[]>;

  /**
   * Everything learnt, for DetectorFactory.restore: at most MAX_STATE_BYTES opaque bytes. Must not be called while score()
   * is running.
   */
  save(): Uint8Array;
}

/** Makes detectors of one method: one for each rule and sensor. */
export interface DetectorFactory {
  /** A detector that knows nothing yet. */
  create(): AnomalyDetector;

  /**
   * A detector that continues from saved bytes. Its scores are the same to the last bit.
   * @throws DetectorStateError when the bytes are of another method or version, or damaged: call create() instead
   */
  restore(state: Uint8Array): AnomalyDetector;
}

/** The largest size of a saved detector, so that those of 10,000 sensors fit in 40 MB. */
export const MAX_STATE_BYTES = 4096;

/** Saved bytes that cannot be restored. */
export class DetectorStateError extends Error {
  override readonly name = 'DetectorStateError';
}
