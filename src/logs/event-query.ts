import type { EventFilter, PagePosition } from './event-filter.js';
import { EVENT_TYPES } from '../model/system-event.js';

/** SQL over the table of events, and its parameters. */
export interface EventQuery {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

export const EVENT_COLUMNS = `row, id, time_us AS timeUs, type, message, sensor_id AS sensorId, zone, value,
  rule_id AS ruleId`;

/**
 * The entries that a filter selects, newest first. Every index ends in type and time, so the entries of one type and one
 * sensor (or zone, or rule) are a range of one index, in the right order. SQLite merges the ranges and stops at the
 * limit. On its own it chooses another index: a sensor with 10 of 100,000 entries then costs 56 ms instead of 0.5 ms.
 */
export function eventQuery(filter: EventFilter, limit: number, after?: PagePosition): EventQuery {
  const { types = EVENT_TYPES } = filter;
  const { index, column, keys } = mostSelective(filter);
  const ranges = types.flatMap((type) => keys.map((key) => [type, ...(key === undefined ? [] : [key])]));
  const rest = conditions(filter, after);
  const where = ['type = ?', ...(column ? [`${column} = ?`] : []), ...rest.map(({ sql }) => sql)].join(
    ' AND ',
  );
  const select = `SELECT ${EVENT_COLUMNS} FROM events INDEXED BY ${index} WHERE ${where}`;
  return {
    sql: `${ranges.map(() => select).join(' UNION ALL ')} ORDER BY timeUs DESC, row DESC LIMIT ?`,
    values: [...ranges.flatMap((range) => [...range, ...rest.flatMap(({ values }) => values)]), limit],
  };
}

interface IndexChoice {
  readonly index: string;
  readonly column?: string;
  readonly keys: readonly (string | undefined)[];
}

/** A sensor has fewer entries than a rule about many sensors, and a rule fewer than a zone. */
function mostSelective({ sensorIds, zones, ruleId }: EventFilter): IndexChoice {
  if (sensorIds) return { index: 'events_by_sensor', column: 'sensor_id', keys: sensorIds };
  if (ruleId !== undefined) return { index: 'events_by_rule', column: 'rule_id', keys: [ruleId] };
  if (zones) return { index: 'events_by_zone', column: 'zone', keys: zones };
  return { index: 'events_by_type', keys: [undefined] };
}

function conditions({ zones, ruleId, fromUs, toUs }: EventFilter, after?: PagePosition): EventQuery[] {
  return [
    ...(zones ? [{ sql: `zone IN (${zones.map(() => '?').join()})`, values: zones }] : []),
    ...(ruleId === undefined ? [] : [{ sql: 'rule_id = ?', values: [ruleId] }]),
    ...(fromUs === undefined ? [] : [{ sql: 'time_us >= ?', values: [fromUs] }]),
    ...(toUs === undefined ? [] : [{ sql: 'time_us < ?', values: [toUs] }]),
    ...(after ? [following(after)] : []),
  ];
}

function following({ timeUs, row, upToRow }: PagePosition): EventQuery {
  return {
    sql: 'time_us <= ? AND (time_us < ? OR row < ?) AND row <= ?',
    values: [timeUs, timeUs, row, upToRow],
  };
}
