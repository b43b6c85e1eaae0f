/** States of a sensor, the worst first. */
export const SENSOR_STATES = ['critical', 'anomaly', 'silent', 'stale', 'normal'] as const;

export type SensorState = (typeof SENSOR_STATES)[number];

/** How long a sensor counts as anomalous: detectors report the start of an anomaly, not its end. */
export const ANOMALY_LASTS_MS = 10 * 60_000;

/** What the state of a sensor depends on. */
export interface StateInputs {
  readonly isSilent: boolean;
  readonly isStale: boolean;
  /** Ids of the rules whose last event about the sensor is critical. */
  readonly criticalRules: ReadonlySet<string>;
  /** Start of the last anomaly, milliseconds since the Unix epoch; -Infinity for none. */
  readonly anomalyMs: number;
}

/** @param silentRules ids of the rules of kind silent: their critical events make the state silent */
export function stateOf(facts: StateInputs, silentRules: ReadonlySet<string>, nowMs: number): SensorState {
  for (const rule of facts.criticalRules) if (!silentRules.has(rule)) return 'critical';
  if (nowMs - facts.anomalyMs < ANOMALY_LASTS_MS) return 'anomaly';
  if (facts.isSilent || facts.criticalRules.size > 0) return 'silent';
  return facts.isStale ? 'stale' : 'normal';
}
