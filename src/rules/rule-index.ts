import type { AnomalyRule, LevelRule, RateRule, Rule, SilentRule } from './rule.js';

/** The rules about one sensor, by how they are judged. */
export interface SensorRules {
  readonly levels: readonly LevelRule[];
  readonly rates: readonly RateRule[];
  readonly silents: readonly SilentRule[];
  readonly anomalies: readonly AnomalyRule[];
  /** All of them by their ids. */
  readonly byId: ReadonlyMap<string, Rule>;
}

/** Finds the rules about a sensor without going through all rules for every reading. */
export class RuleIndex {
  private readonly ofAll: readonly Rule[];
  private readonly ofZone: ReadonlyMap<string, readonly Rule[]>;
  private readonly ofSensor: ReadonlyMap<string, readonly Rule[]>;
  private readonly sharedByZone = new Map<string, SensorRules>();

  constructor(rules: Iterable<Rule>) {
    const all = [...rules];
    this.ofAll = all.filter(({ sensorId, zone }) => sensorId === undefined && zone === undefined);
    this.ofZone = groupBy(all, ({ zone }) => zone);
    this.ofSensor = groupBy(all, ({ sensorId }) => sensorId);
  }

  /** @param zone the sensor's zone */
  of(sensorId: string, zone: string): SensorRules {
    const own = this.ofSensor.get(sensorId);
    const ofZone = this.ofZone.get(zone);
    if (own) return toSensorRules([...this.ofAll, ...(ofZone ?? []), ...own]);
    // All sensors of a zone share one object. So do the sensors of all zones that have no rules of their own.
    const key = ofZone ? zone : '';
    let shared = this.sharedByZone.get(key);
    if (!shared) {
      shared = toSensorRules([...this.ofAll, ...(ofZone ?? [])]);
      this.sharedByZone.set(key, shared);
    }
    return shared;
  }
}

function groupBy(
  rules: readonly Rule[],
  keyOf: (rule: Rule) => string | undefined,
): ReadonlyMap<string, readonly Rule[]> {
  const groups = new Map<string, Rule[]>();
  for (const rule of rules) {
    const key = keyOf(rule);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), rule]);
  }
  return groups;
}

function toSensorRules(rules: readonly Rule[]): SensorRules {
  return {
    levels: rules.filter((rule): rule is LevelRule => rule.kind === 'above' || rule.kind === 'below'),
    rates: rules.filter((rule) => rule.kind === 'rate'),
    silents: rules.filter((rule) => rule.kind === 'silent'),
    anomalies: rules.filter((rule) => rule.kind === 'anomaly'),
    byId: new Map(rules.map((rule) => [rule.id, rule])),
  };
}
