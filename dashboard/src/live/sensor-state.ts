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

/** A sensor is late when its next reading has not come for this many of its usual intervals … */
const LATE_INTERVALS = 3;
/** … and at least so long after it was due: networks pause. */
const LATE_LEAST_MS = 5_000;

/** Whether an event got its time while the gateway's clock stood ahead. */
export function isFromWrongClock(eventMs: number, nowMs: number): boolean {
  return eventMs - nowMs > MAX_AHEAD_MS;
}

/** What the state of a sensor depends on. Times are milliseconds since the Unix epoch, by the gateway's clock. */
export interface StateInputs {
  /** Time of its newest reading, by the reading's timestamp; 0 before the first. */
  readonly timeMs: number;
  /** When its last reading was accepted; 0 while unknown. */
  readonly heardMs: number;
  /** Whether the gateway calls it silent. */
  readonly isSilent: boolean;
  /** Whether the store may have a newer reading: it is down. */
  readonly isStale: boolean;
  /** After how long without an accepted reading it is silent. */
  readonly silentAfterMs: number;
  /** The usual time between its readings; undefined while unknown. */
  readonly intervalMs: number | undefined;
  /** The usual time from a measurement until the gateway accepts it; undefined while unknown. */
  readonly delayMs: number | undefined;
  /** The rules whose last event about the sensor is critical, and since when. */
  readonly activeRules: ReadonlyMap<string, number>;
  /** Start of the last anomaly; -Infinity for none. */
  readonly anomalyMs: number;
  /** The rule that reported it. */
  readonly anomalyRuleId: string | undefined;
}

/** A state, with what it comes from. */
export interface JudgedState {
  readonly state: SensorState;
  /**
   * Since when: for a rule, the time of its event; for silent, the last accepted reading; for late, the newest measurement.
   * Undefined for normal, and for stale: nobody knows since when the measurements have been old.
   */
  readonly sinceMs: number | undefined;
  /** The rule that gives it; undefined when none does. */
  readonly ruleId: string | undefined;
}

const NORMAL: JudgedState = { state: 'normal', sinceMs: undefined, ruleId: undefined };
const STALE: JudgedState = { ...NORMAL, state: 'stale' };

/** @param silentRules ids of the rules of kind silent: their critical events make the state silent */
export function judgeState(facts: StateInputs, silentRules: ReadonlySet<string>, nowMs: number): JudgedState {
  const critical = oldestOf(facts.activeRules, nowMs, (ruleId) => !silentRules.has(ruleId));
  if (critical) return { state: 'critical', ...critical };
  const { anomalyMs, anomalyRuleId, heardMs, timeMs } = facts;
  const isRecent = nowMs - anomalyMs < ANOMALY_LASTS_MS;
  if (isRecent && !isFromWrongClock(anomalyMs, nowMs))
    return { state: 'anomaly', sinceMs: anomalyMs, ruleId: anomalyRuleId };
  const silent = oldestOf(facts.activeRules, nowMs, (ruleId) => silentRules.has(ruleId));
  if (silent) return { state: 'silent', ...silent };
  if (facts.isSilent) return { state: 'silent', sinceMs: heardMs || undefined, ruleId: undefined };
  const isHeard = nowMs - heardMs < facts.silentAfterMs;
  if (facts.isStale || (isOld(facts, nowMs) && isHeard)) return STALE;
  // The gateway calls nothing silent for the time in which it was off itself: such a sensor is late.
  const isOverdue = isOld(facts, nowMs) || isLate(facts, nowMs);
  return isOverdue ? { state: 'late', sinceMs: timeMs, ruleId: undefined } : NORMAL;
}

/** The newest measurement was long ago, whenever it arrived. */
function isOld(facts: StateInputs, nowMs: number): boolean {
  const { timeMs, silentAfterMs } = facts;
  return timeMs > 0 && nowMs - timeMs > Math.max(silentAfterMs, overdueMs(facts) ?? 0);
}

/** The next measurement, or the next reading, is overdue. */
function isLate(facts: StateInputs, nowMs: number): boolean {
  const { timeMs, heardMs, delayMs = 0 } = facts;
  const allowedMs = overdueMs(facts);
  if (allowedMs === undefined || timeMs === 0) return false;
  return nowMs - timeMs > allowedMs + delayMs || (heardMs > 0 && nowMs - heardMs > allowedMs);
}

/** How long after a reading the next one is overdue; undefined while the usual interval is unknown. */
function overdueMs({ intervalMs }: Pick<StateInputs, 'intervalMs'>): number | undefined {
  return intervalMs && Math.max(LATE_INTERVALS * intervalMs, intervalMs + LATE_LEAST_MS);
}

/** The rule that has been active longest, among some; a time from a wrong clock counts as unknown. */
function oldestOf(
  activeRules: ReadonlyMap<string, number>,
  nowMs: number,
  isWanted: (ruleId: string) => boolean,
): Pick<JudgedState, 'sinceMs' | 'ruleId'> | undefined {
  let oldest: { sinceMs: number; ruleId: string } | undefined;
  for (const [ruleId, sinceMs] of activeRules)
    if (isWanted(ruleId) && !(oldest && oldest.sinceMs <= sinceMs)) oldest = { sinceMs, ruleId };
  return oldest && isFromWrongClock(oldest.sinceMs, nowMs) ? { ...oldest, sinceMs: undefined } : oldest;
}
