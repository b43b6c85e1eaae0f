import type { LiveSensor } from '../live/live-sensors.js';
import { SENSOR_STATES, type SensorState } from '../live/sensor-state.js';

export const SORTS = {
  name: 'Name',
  state: 'Worst first',
  heard: 'Newest reading',
  value: 'Highest value',
} as const;
export type Sort = keyof typeof SORTS;

/** Which sensors to show, and in which order. */
export interface SensorFilter {
  readonly search: string;
  readonly zone: string;
  readonly state: SensorState | '';
  readonly sort: Sort;
}

/** One row of the overview: the heading of a zone, or tiles side by side. */
export type OverviewRow =
  | { readonly kind: 'zone'; readonly zone: string; readonly count: number; readonly worst: SensorState }
  | { readonly kind: 'tiles'; readonly sensorIds: readonly string[] };

const RANK = Object.fromEntries(SENSOR_STATES.map((state, rank) => [state, rank])) as Record<
  SensorState,
  number
>;
const NAMES = new Intl.Collator(undefined, { numeric: true });

const ORDERS: Readonly<Record<Sort, (a: LiveSensor, b: LiveSensor) => number>> = {
  name: byName,
  state: (a, b) => RANK[a.state] - RANK[b.state] || byName(a, b),
  heard: (a, b) => b.timeMs - a.timeMs || byName(a, b),
  value: (a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity) || byName(a, b),
};

function byName(a: LiveSensor, b: LiveSensor): number {
  return NAMES.compare(a.sensorId, b.sensorId);
}

/** @returns rows by zone, the sensors of each zone in the chosen order, `columns` in a row */
export function groupByZone(
  sensors: Iterable<LiveSensor>,
  filter: SensorFilter,
  columns: number,
): OverviewRow[] {
  const zones = new Map<string, LiveSensor[]>();
  const search = filter.search.toLowerCase();
  for (const sensor of sensors) {
    if (filter.zone && sensor.zone !== filter.zone) continue;
    if (filter.state && sensor.state !== filter.state) continue;
    if (search && !`${sensor.sensorId}\n${sensor.zone}`.toLowerCase().includes(search)) continue;
    const zone = zones.get(sensor.zone);
    if (zone) zone.push(sensor);
    else zones.set(sensor.zone, [sensor]);
  }
  const rows: OverviewRow[] = [];
  for (const [zone, members] of [...zones].sort(([a], [b]) => NAMES.compare(a, b))) {
    members.sort(ORDERS[filter.sort]);
    rows.push({ kind: 'zone', zone, count: members.length, worst: worstOf(members) });
    for (let start = 0; start < members.length; start += columns)
      rows.push({
        kind: 'tiles',
        sensorIds: members.slice(start, start + columns).map(({ sensorId }) => sensorId),
      });
  }
  return rows;
}

/** The number of sensors in each state. */
export function countStates(sensors: Iterable<LiveSensor>): Readonly<Record<SensorState, number>> {
  const counts = { critical: 0, anomaly: 0, silent: 0, stale: 0, late: 0, normal: 0 };
  for (const { state } of sensors) counts[state] += 1;
  return counts;
}

function worstOf(sensors: readonly LiveSensor[]): SensorState {
  return sensors.reduce<SensorState>(
    (worst, { state }) => (RANK[state] < RANK[worst] ? state : worst),
    'normal',
  );
}
