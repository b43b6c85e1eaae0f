import type { LiveSensor } from '../live/live-sensors.js';
import type { SensorState } from '../live/sensor-state.js';
import { RANK } from './trouble.js';

export const SORTS = {
  state: 'Worst first',
  name: 'Name',
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

/** A zone with what its heading says. */
export interface ZoneHeading {
  readonly zone: string;
  readonly count: number;
  readonly worst: SensorState;
  /** How many columns its tiles take below it. */
  readonly columns: number;
}

/** One row of the overview: the headings of zones, or their tiles, side by side. Zones that fit share a row. */
export type OverviewRow =
  | { readonly kind: 'zones'; readonly zones: readonly ZoneHeading[] }
  | { readonly kind: 'tiles'; readonly sensorIds: readonly string[] };

const NAMES = new Intl.Collator(undefined, { numeric: true });

const ORDERS: Readonly<Record<Exclude<Sort, 'name'>, (a: LiveSensor, b: LiveSensor) => number>> = {
  state: (a, b) => RANK[a.state] - RANK[b.state],
  heard: (a, b) => b.timeMs - a.timeMs,
  value: (a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity),
};

/** The place of each known sensor among all names: comparing 10,000 names for each change takes too long. */
let places: ReadonlyMap<string, number> = new Map();

/** Sorts by name, with one pass as long as no sensor is new. */
function sortByName(sensors: readonly LiveSensor[]): LiveSensor[] {
  if (sensors.some(({ sensorId }) => !places.has(sensorId))) {
    const names = sensors.map(({ sensorId }) => sensorId).sort((a, b) => NAMES.compare(a, b));
    places = new Map(names.map((sensorId, place) => [sensorId, place]));
  }
  const sorted = new Array<LiveSensor | undefined>(places.size);
  for (const sensor of sensors) sorted[places.get(sensor.sensorId) ?? 0] = sensor;
  return sorted.filter((sensor) => sensor !== undefined);
}

/**
 * @returns rows by zone, the sensors of each zone in the chosen order, `columns` in a row. With the order `state` the zone
 * that is worst off comes first: the one with the worst state, and among those the one with the most sensors in it
 */
export function groupByZone(
  sensors: readonly LiveSensor[],
  filter: SensorFilter,
  columns: number,
): OverviewRow[] {
  const zones = new Map<string, LiveSensor[]>();
  const search = filter.search.toLowerCase();
  for (const sensor of sortByName(sensors)) {
    if (filter.zone && sensor.zone !== filter.zone) continue;
    if (filter.state && sensor.state !== filter.state) continue;
    if (search && !`${sensor.sensorId}\n${sensor.zone}`.toLowerCase().includes(search)) continue;
    const zone = zones.get(sensor.zone);
    if (zone) zone.push(sensor);
    else zones.set(sensor.zone, [sensor]);
  }
  const groups = [...zones].map(([zone, members]) => ({ zone, members, ...worstOf(members) }));
  groups.sort((a, b) => NAMES.compare(a.zone, b.zone));
  if (filter.sort === 'state')
    groups.sort((a, b) => RANK[a.worst] - RANK[b.worst] || (a.worst === 'normal' ? 0 : b.inIt - a.inIt));
  const rows: OverviewRow[] = [];
  let shared: ZoneHeading[] = [];
  let sensorIds: string[] = [];
  const endRow = (): void => {
    if (sensorIds.length > 0) rows.push({ kind: 'zones', zones: shared }, { kind: 'tiles', sensorIds });
    shared = [];
    sensorIds = [];
  };
  for (const { zone, members, worst } of groups) {
    // Sorting is stable, so equal sensors stay in the order of their names.
    if (filter.sort !== 'name') members.sort(ORDERS[filter.sort]);
    const ids = members.map(({ sensorId }) => sensorId);
    if (sensorIds.length + ids.length > columns) endRow();
    shared.push({ zone, count: ids.length, worst, columns: Math.min(ids.length, columns) });
    sensorIds.push(...ids.slice(0, columns));
    if (ids.length <= columns) continue;
    endRow();
    for (let start = columns; start < ids.length; start += columns)
      rows.push({ kind: 'tiles', sensorIds: ids.slice(start, start + columns) });
  }
  endRow();
  return rows;
}

/** The worst state among some sensors, and how many are in it. */
function worstOf(sensors: readonly LiveSensor[]): { worst: SensorState; inIt: number } {
  let worst: SensorState = 'normal';
  let inIt = 0;
  for (const { state } of sensors) {
    if (RANK[state] < RANK[worst]) {
      worst = state;
      inIt = 0;
    }
    if (state === worst) inIt += 1;
  }
  return { worst, inIt };
}
