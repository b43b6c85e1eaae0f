/** How a sensor is, from the worst on: the order in which people should look at them. */
export const SENSOR_STATES = ['critical', 'anomaly', 'silent', 'stale', 'normal'] as const;

export type SensorState = (typeof SENSOR_STATES)[number];

/** A detector tells when an anomaly begins and not when it ends: a sensor bears it for so long. */
export const ANOMALY_LASTS_MS = 10 * 60_000;

/** What a sensor is known to be, as the board keeps it. */
export interface SensorFacts {
  readonly isSilent: boolean;
  readonly isStale: boolean;
  /** Rules that have said critical of it and not normal since, by id. */
  readonly criticalRules: ReadonlySet<string>;
  /** When the last anomaly began, milliseconds since the Unix epoch; -Infinity for none. */
  readonly anomalyMs: number;
}

/** @param silentRules ids of the rules that are about silence: what they call critical is shown as silence */
export function stateOf(facts: SensorFacts, silentRules: ReadonlySet<string>, nowMs: number): SensorState {
  for (const rule of facts.criticalRules) if (!silentRules.has(rule)) return 'critical';
  if (nowMs - facts.anomalyMs < ANOMALY_LASTS_MS) return 'anomaly';
  if (facts.isSilent || facts.criticalRules.size > 0) return 'silent';
  return facts.isStale ? 'stale' : 'normal';
}
