/** What a rule is about: one sensor, the sensors in a zone, or, with neither, all sensors. */
export interface RuleScope {
  readonly sensorId?: string;
  readonly zone?: string;
}

interface RuleBase extends RuleScope {
  readonly id: string;
  readonly name: string;
  /** Since when the rule judges as it does now, milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** The same as running time, which the thread of the rules keeps; absent outside of it. */
  readonly sinceRunningMs?: number;
}

/** Values on the wrong side of a threshold. */
export interface LevelRule extends RuleBase {
  readonly kind: 'above' | 'below';
  readonly threshold: number;
  /** How far a value must come back across the threshold to be normal again, at least 0. */
  readonly hysteresis: number;
  /** How long values must be on the wrong side first, at least 0. */
  readonly forSeconds: number;
}

/** Values that change too fast. */
export interface RateRule extends RuleBase {
  readonly kind: 'rate';
  /** The fastest change that is normal, up or down, above 0. */
  readonly perSecond: number;
}

/** A sensor whose readings stopped. */
export interface SilentRule extends RuleBase {
  readonly kind: 'silent';
  readonly afterSeconds: number;
}

/** Values that differ from the usual behaviour of the sensor. */
export interface AnomalyRule extends RuleBase {
  readonly kind: 'anomaly';
  /** How easily it makes an event, 0 to 1. */
  readonly sensitivity: number;
}

/** What turns readings, or their absence, into events. */
export type Rule = LevelRule | RateRule | SilentRule | AnomalyRule;

export type RuleKind = Rule['kind'];

/** A rule that is not saved yet. */
export type NewRule = Rule extends infer R
  ? R extends Rule
    ? Omit<R, 'id' | 'sinceMs' | 'sinceRunningMs'>
    : never
  : never;

/** Whether two rules judge the same sensors in the same way, whatever their names are. */
export function judgeAlike(one: Rule, other: Rule): boolean {
  const criteria = (rule: Rule): string =>
    JSON.stringify(
      Object.entries({ ...rule, name: '', sinceMs: 0, sinceRunningMs: 0 }).sort(([a], [b]) =>
        a < b ? -1 : 1,
      ),
    );
  return criteria(one) === criteria(other);
}
