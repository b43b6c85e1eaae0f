import type { Position } from '../journal/journal-entry.js';
import type { Reading } from '../model/reading.js';
import type { Rhythm } from './rhythm.js';
import type { Stamp } from '../model/stamp.js';

/** When readings of a sensor were accepted, and how many. */
export interface Activity {
  /** Milliseconds since the Unix epoch; undefined when none was accepted here since the store had the first. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly readings: number;
}

/** What is known of a sensor now; the object changes with the sensor's next reading. */
export interface Sensor extends Activity, Readonly<Rhythm> {
  /** Its newest reading by timestamp. */
  readonly latest: Reading;
  /** Who made its timestamp. */
  readonly stamp: Stamp;
  /** When its last reading was accepted by the monotonic clock of this run, in milliseconds; undefined before the first. */
  readonly heardMs: number | undefined;
  /** Grows with every change of `latest`, over all sensors. */
  readonly version: number;
  /**
   * Readings of the store up to this time do not count as latest: a reading at this time was the newest, and was displaced, or the
   * sensor was forgotten with it. Microseconds since the Unix epoch; undefined once `latest` is newer.
   */
  readonly ignoredUs: number | undefined;
}

/** What a previous run knew of a sensor. */
export interface RestoredSensor {
  readonly latest: Reading;
  readonly stamp: Stamp;
  readonly activity: Activity;
  readonly ignoredUs: number | undefined;
  /** The activity counts readings up to here already. */
  readonly countedSeq: Position;
}

/** A sensor that people made the gateway forget. */
export interface ForgottenSensor {
  readonly sensorId: string;
  /** Its readings up to this position in the journal do not count. */
  readonly position: Position;
  /** Readings of the store up to this time do not count either: that of its newest reading then, in microseconds. */
  readonly ignoredUs: number;
}

/** Selects sensors; without either condition, all of them. */
export interface SensorFilter {
  readonly zone?: string;
  readonly sensorIds?: readonly string[];
}
