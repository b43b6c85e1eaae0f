import type { Reading } from './reading.js';

/** A reading in files and in messages between threads: as JSON, half the size of an object. */
export type ReadingTuple = [
  sensorId: string,
  zone: string,
  value: number,
  latencyMs: number | null,
  timestampUs: number,
];

export function toTuple({ sensorId, zone, value, latencyMs, timestampUs }: Reading): ReadingTuple {
  return [sensorId, zone, value, latencyMs ?? null, timestampUs];
}
