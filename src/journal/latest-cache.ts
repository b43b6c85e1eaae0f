import { compareReadings, type Reading } from '../reading/reading.js';

/** Sensors that the store did not know either; so many are remembered, the oldest go first. */
const MAX_ABSENT = 10_000;

/**
 * The newest of two readings of a sensor by timestamp; of one time the last zone. The later of two at the same
 * place stands, and keeps the earlier one's latency when it brings none.
 */
export function newest(before: Reading | undefined, after: Reading): Reading {
  const order = before ? compareReadings(after, before) : 1;
  if (order > 0 || !before) return after;
  if (order < 0) return before;
  return { latencyMs: before.latencyMs, ...after };
}

/** The newest reading of every sensor, in memory. */
export class LatestCache {
  private readonly readings = new Map<string, Reading>();
  private readonly absent = new Set<string>();

  get size(): number {
    return this.readings.size;
  }

  get(sensorId: string): Reading | undefined {
    return this.readings.get(sensorId);
  }

  /** Takes a reading that was accepted, or that a store holds. */
  put(reading: Reading): void {
    this.readings.set(reading.sensorId, newest(this.readings.get(reading.sensorId), reading));
    this.absent.delete(reading.sensorId);
  }

  /** Whether the store was asked for this sensor and had nothing. */
  isAbsent(sensorId: string): boolean {
    return this.absent.has(sensorId);
  }

  noteAbsent(sensorId: string): void {
    this.absent.add(sensorId);
    const [oldest] = this.absent;
    if (this.absent.size > MAX_ABSENT && oldest !== undefined) this.absent.delete(oldest);
  }
}
