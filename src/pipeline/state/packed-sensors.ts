import type { Sensor } from '../../registry/sensor.js';

/** Sensors on their way to the thread of state.db. Numbers are copied as bytes; each zone's name goes once. */
export interface PackedSensors {
  /** Their ids, as JSON: text is copied between threads in a tenth of the time of an array of strings. */
  readonly sensorIds: string;
  /** The zones' names, as JSON. */
  readonly zones: string;
  /** For each sensor, the index of its zone's name. */
  readonly zoneIndexes: Uint32Array;
  /**
   * NUMBERS for each sensor, in the order of the columns that follow sensor and zone in the table, without counted_seq. NaN for
   * what is absent.
   */
  readonly numbers: Float64Array;
}

export const NUMBERS = 8;

/** Packs sensors as they are now: 1,000 in about 0.6 ms. */
export function packSensors(sensors: readonly Sensor[]): PackedSensors {
  const sensorIds: string[] = [];
  const zones = new Map<string, number>();
  const zoneIndexes = new Uint32Array(sensors.length);
  const numbers = new Float64Array(sensors.length * NUMBERS);
  let at = 0;
  for (const { latest, stamp, firstMs, lastMs, readings, ignoredUs } of sensors) {
    const { zone } = latest;
    const zoneIndex = zones.get(zone);
    if (zoneIndex === undefined) zones.set(zone, zones.size);
    zoneIndexes[sensorIds.length] = zoneIndex ?? zones.size - 1;
    sensorIds.push(latest.sensorId);
    numbers[at++] = latest.value;
    numbers[at++] = latest.latencyMs ?? NaN;
    numbers[at++] = latest.timestampUs;
    numbers[at++] = firstMs ?? NaN;
    numbers[at++] = lastMs ?? NaN;
    numbers[at++] = readings;
    numbers[at++] = stamp;
    numbers[at++] = ignoredUs ?? NaN;
  }
  return {
    sensorIds: JSON.stringify(sensorIds),
    zones: JSON.stringify([...zones.keys()]),
    zoneIndexes,
    numbers,
  };
}
