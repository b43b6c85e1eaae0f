import { compareReadings, type Reading } from '../model/reading.js';

/**
 * The newer of two readings of a sensor by timestamp; with equal timestamps, the one of the last zone in order. For two
 * readings of one point, the later one wins, and keeps the earlier one's latency when it has none.
 */
export function newest(before: Reading | undefined, after: Reading): Reading {
  const order = before ? compareReadings(after, before) : 1;
  if (order > 0 || !before) return after;
  if (order < 0) return before;
  const { sensorId, zone, value, latencyMs = before.latencyMs, timestampUs } = after;
  return { sensorId, zone, value, latencyMs, timestampUs };
}

/** Whether two readings are the same in all that is shown of them. */
export function isSame(a: Reading, b: Reading): boolean {
  return (
    a.timestampUs === b.timestampUs &&
    a.zone === b.zone &&
    Object.is(a.value, b.value) &&
    a.latencyMs === b.latencyMs
  );
}
