import type { Reading } from '../reading/reading.js';

/** Scores the readings of one sensor for one rule, in the order of time. */
export interface AnomalyDetector {
  /** @returns for each reading how unusual it is, 0 (as expected) to 1; 0 while it still learns */
  score(readings: readonly Reading[]): Promise<number[]>;
  /** What the factory needs to go on from here, as plain JSON data of bounded size. */
  save(): unknown;
}

/**
 * Makes a detector for one rule and sensor.
 * @param saved what save() gave; undefined for a new one, and what is not understood counts as undefined
 */
export type AnomalyDetectorFactory = (saved?: unknown) => AnomalyDetector;
