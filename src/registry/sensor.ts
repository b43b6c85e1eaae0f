import type { Position } from '../journal/journal-entry.js';
import type { Reading } from '../model/reading.js';
import type { Stamp } from '../model/stamp.js';

/** When readings of a sensor were accepted, and how many. */
export interface Activity {
  /** Milliseconds since the Unix epoch; undefined when none was accepted here since the store had the first. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly readings: number;
}

/** What is known of a sensor now; the object changes with the sensor's next reading. */
export interface Sensor extends Activity {
  /** Its newest reading by timestamp. */
  readonly latest: Reading;
  /** Who made its timestamp. */
  readonly stamp: Stamp;
  /** When its last reading was accepted by the monotonic clock of this run, in milliseconds; undefined before the first. */
  readonly heardMs: number | undefined;
  /** Grows with every change of `latest`, over all sensors. */
  readonly version: number;
}

/** What a previous run knew of a sensor. */
export interface RestoredSensor {
  readonly latest: Reading;
  readonly stamp: Stamp;
  readonly activity: Activity;
  /** The activity counts readings up to here already. */
  readonly countedSeq: Position;
}

/** A sensor that is forgotten, and up to which position in the journal its readings are. */
export interface ForgottenSensor {
  readonly sensorId: string;
  readonly position: Position;
}

/** Selects sensors; without either condition, all of them. */
export interface SensorFilter {
  readonly zone?: string;
  readonly sensorIds?: readonly string[];
}
