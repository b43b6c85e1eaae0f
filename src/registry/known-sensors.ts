import type { ForgottenSensor, Sensor, SensorFilter } from './sensor.js';

/** Every known sensor, read-only. The pipeline changes them through SensorRegistry. */
export abstract class KnownSensors {
  abstract readonly size: number;

  abstract get(sensorId: string): Sensor | undefined;

  /** Whether the latest reading of any sensor is of this zone. */
  abstract hasZone(name: string): boolean;

  /** All sensors, in no order. */
  abstract all(): IterableIterator<Sensor>;

  /** The sensors of a filter: in the order of the filter's ids, or in the order of their own. */
  abstract matching(filter: SensorFilter): Generator<Sensor>;

  /** The ids that follow one, in the order of their UTF-16 code units. */
  abstract idsAfter(sensorId: string): readonly string[];

  /** A text that changes with every change to a latest reading within the filter, and with nothing else. */
  abstract versionOf(filter: SensorFilter): string;

  /** Sensors that people made the gateway forget, whether or not readings of them were accepted since. */
  abstract forgotten(): IterableIterator<ForgottenSensor>;
}
