import { formatAgo, formatDuration, formatLasting, isAhead } from '../common/format.js';
import type { LiveSensor } from '../live/live-sensors.js';
import { SENSOR_STATES, type SensorState } from '../live/sensor-state.js';

/** The place of each state among all, the worst first. */
export const RANK: Readonly<Record<SensorState, number>> = {
  critical: 0,
  anomaly: 1,
  silent: 2,
  stale: 3,
  late: 4,
  normal: 5,
};

/** Why a sensor has a state that no rule gives it; '' when a rule does. */
export function reasonOf(sensor: LiveSensor, nowMs: number): string {
  const { state, sinceMs, timeMs, isStale, intervalMs } = sensor;
  const lasting = sinceMs === undefined ? '' : ` for ${formatLasting(nowMs - sinceMs)}`;
  const ageMs = nowMs - timeMs;
  const age = isAhead(ageMs) ? formatAgo(ageMs) : `${formatLasting(ageMs)} ago`;
  const measured = timeMs > 0 ? `measured ${age}` : 'never measured';
  switch (state) {
    case 'silent':
      return `no reading accepted${lasting}`;
    case 'stale':
      return isStale ? `${measured}, the store may have newer readings` : measured;
    case 'late':
      return intervalMs === undefined ? measured : `expected every ${formatDuration(intervalMs / 1000)}`;
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
    RANK[a.state] - RANK[b.state] || (b.sinceMs ?? 0) - (a.sinceMs ?? 0) || (a.sensorId < b.sensorId ? -1 : 1)
  );
}
