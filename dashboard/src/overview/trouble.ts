import { formatDuration } from '../common/format.js';
import type { LiveSensor } from '../live/live-sensors.js';
import { SENSOR_STATES, type SensorState } from '../live/sensor-state.js';
import { formatLasting } from './since.js';

/** The place of each state among all, the worst first. */
export const RANK: Readonly<Record<SensorState, number>> = {
  critical: 0,
  anomaly: 1,
  silent: 2,
  stale: 3,
  late: 4,
  normal: 5,
};

type State = Pick<LiveSensor, 'state' | 'sinceMs' | 'ruleId' | 'activeRules' | 'anomalyMs'>;

/** The rule that gives a sensor its state; undefined when none does, or it is unknown. */
export function ruleOf({ state, ruleId, activeRules }: State): string | undefined {
  if (ruleId !== undefined) return ruleId;
  return state === 'critical' || state === 'silent' ? activeRules.keys().next().value : undefined;
}

/** Since when a sensor has its state, milliseconds since the Unix epoch; undefined while unknown. */
export function sinceOf(sensor: State): number | undefined {
  if (sensor.sinceMs !== undefined) return sensor.sinceMs;
  if (sensor.state === 'anomaly') return sensor.anomalyMs;
  const rule = ruleOf(sensor);
  return rule === undefined ? undefined : sensor.activeRules.get(rule);
}

/** Why a sensor has a state that no rule gives it; '' when a rule does. */
export function reasonOf(sensor: LiveSensor, nowMs: number): string {
  const { state, timeMs, intervalMs } = sensor;
  const age = timeMs > 0 ? formatLasting(nowMs - timeMs) : undefined;
  switch (state) {
    case 'silent':
      return age === undefined ? 'no reading accepted' : `no reading accepted, the newest is ${age} old`;
    case 'stale':
      return age === undefined ? 'not measured lately' : `measured ${age} ago`;
    case 'late':
      if (intervalMs === undefined) return age === undefined ? 'overdue' : `overdue, measured ${age} ago`;
      return `expected every ${formatDuration(intervalMs / 1000)}${age === undefined ? '' : `, measured ${age} ago`}`;
    default:
      return '';
  }
}

/** Sensors in trouble, for a strip with little space. */
export interface Trouble {
  readonly counts: Readonly<Record<SensorState, number>>;
  /** The worst ones; within a state those that came to it last are first. */
  readonly shown: readonly LiveSensor[];
  /** How many there are besides, by state. */
  readonly more: readonly (readonly [state: SensorState, count: number])[];
}

/** Sensors of these states are named one by one, those of other states only when all of them fit. */
const NAMED: readonly SensorState[] = ['critical', 'anomaly', 'silent'];

/** Finds the worst sensors in one pass, without sorting all. @param places how many may be named */
export function findTrouble(sensors: Iterable<LiveSensor>, places: number): Trouble {
  const counts = { critical: 0, anomaly: 0, silent: 0, stale: 0, late: 0, normal: 0 };
  const worst: LiveSensor[] = [];
  for (const sensor of sensors) {
    counts[sensor.state] += 1;
    if (sensor.state === 'normal') continue;
    const last = worst.at(-1);
    if (worst.length === places && last && compare(sensor, last) >= 0) continue;
    const at = worst.findIndex((other) => compare(sensor, other) < 0);
    worst.splice(at < 0 ? worst.length : at, 0, sensor);
    if (worst.length > places) worst.pop();
  }
  const inTrouble = SENSOR_STATES.reduce((sum, state) => sum + (state === 'normal' ? 0 : counts[state]), 0);
  const shown = inTrouble <= places ? worst : worst.filter(({ state }) => NAMED.includes(state));
  const more = SENSOR_STATES.flatMap((state): [SensorState, number][] => {
    const hidden = counts[state] - shown.filter((one) => one.state === state).length;
    return state === 'normal' || hidden === 0 ? [] : [[state, hidden]];
  });
  return { counts, shown, more };
}

function compare(a: LiveSensor, b: LiveSensor): number {
  return (
    RANK[a.state] - RANK[b.state] ||
    (sinceOf(b) ?? 0) - (sinceOf(a) ?? 0) ||
    (a.sensorId < b.sensorId ? -1 : 1)
  );
}
