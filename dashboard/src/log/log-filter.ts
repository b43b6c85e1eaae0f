import type { EventType, SystemEvent } from '../api/schemas.js';

export const EVENT_TYPES = ['critical', 'anomaly', 'normal'] as const satisfies readonly EventType[];

/** Preset times: their text in the URL, and their label. */
export const RANGES = {
  '': 'All time',
  '-1h': 'Last hour',
  '-24h': 'Last 24 hours',
  '-7d': 'Last 7 days',
  '-30d': 'Last 30 days',
} as const;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Which events to show, as in the URL; '' and an empty array mean all. */
export interface LogFilter {
  readonly types: readonly EventType[];
  readonly zone: string;
  readonly sensorId: string;
  readonly ruleId: string;
  /** RFC 3339, or relative to now as in -24h. */
  readonly from: string;
  readonly to: string;
}

export const EMPTY_FILTER: LogFilter = { types: [], zone: '', sensorId: '', ruleId: '', from: '', to: '' };

/** The filter in a URL, without unknown types. */
export function filterOf(query: URLSearchParams): LogFilter {
  const requested = (query.get('type') ?? '').split(',');
  return {
    types: EVENT_TYPES.filter((type) => requested.includes(type)),
    zone: query.get('zone') ?? '',
    sensorId: query.get('sensorId') ?? '',
    ruleId: query.get('ruleId') ?? '',
    from: query.get('from') ?? '',
    to: query.get('to') ?? '',
  };
}

/** The filter as parameters of a URL, nearly as GET /api/logs takes them. */
export function queryOf({ types, ...rest }: LogFilter): Readonly<Record<string, string>> {
  return { type: types.join(','), ...rest };
}

/** Whether an event matches a filter. */
export function matches(filter: LogFilter, event: SystemEvent, nowMs: number): boolean {
  const { types, zone, sensorId, ruleId, from, to } = filter;
  const timeMs = Date.parse(event.time);
  return (
    (types.length === 0 || types.includes(event.type)) &&
    (!zone || event.zone === zone) &&
    (!sensorId || event.sensorId === sensorId) &&
    (!ruleId || event.ruleId === ruleId) &&
    !(timeMs < timeOf(from, nowMs)) &&
    !(timeMs >= timeOf(to, nowMs))
  );
}

/** @returns milliseconds since the Unix epoch; NaN when the text is not a time */
export function timeOf(text: string, nowMs: number): number {
  const [, amount, unit = ''] = /^-(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text) ?? [];
  const length = UNIT_MS[unit];
  if (amount !== undefined && length !== undefined) return nowMs - Number(amount) * length;
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}
