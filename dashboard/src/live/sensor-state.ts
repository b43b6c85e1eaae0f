/** States of a sensor, the worst first. */
export const SENSOR_STATES = ['critical', 'anomaly', 'silent', 'stale', 'late', 'normal'] as const;

export type SensorState = (typeof SENSOR_STATES)[number];

/** How long a sensor counts as anomalous: detectors report the start of an anomaly, not its end. */
export const ANOMALY_LASTS_MS = 10 * 60_000;

/**
 * An event has the time of its reading, which may be ahead by as much as MAX_FUTURE: 1 hour by default, and a minute for
 * inexact clocks. Later times are from when the gateway's own clock stood ahead.
 */
const MAX_AHEAD_MS = 61 * 60_000;

/** Whether an event got its time while the gateway's clock stood ahead. */
export function isFromWrongClock(eventMs: number, nowMs: number): boolean {
  return eventMs - nowMs > MAX_AHEAD_MS;
}

/** What the state of a sensor depends on. */
export interface StateInputs {
  readonly isSilent: boolean;
  readonly isStale: boolean;
  /** The rules whose last event about the sensor is critical, and since when, milliseconds since the Unix epoch. */
  readonly activeRules: ReadonlyMap<string, number>;
  /** Start of the last anomaly, milliseconds since the Unix epoch; -Infinity for none. */
  readonly anomalyMs: number;
}

/** @param silentRules ids of the rules of kind silent: their critical events make the state silent */
export function stateOf(facts: StateInputs, silentRules: ReadonlySet<string>, nowMs: number): SensorState {
  for (const rule of facts.activeRules.keys()) if (!silentRules.has(rule)) return 'critical';
  const isRecent = nowMs - facts.anomalyMs < ANOMALY_LASTS_MS;
  if (isRecent && !isFromWrongClock(facts.anomalyMs, nowMs)) return 'anomaly';
  if (facts.isSilent || facts.activeRules.size > 0) return 'silent';
  return facts.isStale ? 'stale' : 'normal';
}
