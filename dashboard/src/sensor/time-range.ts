import type { ChartRange } from '../chart/chart-data.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Live ranges, which end now, by their name in the URL. */
export const PRESETS = {
  '15m': { ms: 15 * MINUTE_MS, name: '15 minutes' },
  '1h': { ms: HOUR_MS, name: '1 hour' },
  '6h': { ms: 6 * HOUR_MS, name: '6 hours' },
  '24h': { ms: DAY_MS, name: '24 hours' },
  '7d': { ms: 7 * DAY_MS, name: '7 days' },
  '30d': { ms: 30 * DAY_MS, name: '30 days' },
} as const;
export type Preset = keyof typeof PRESETS;
export const DEFAULT_PRESET: Preset = '1h';

/** Shown before and after the moment that a link names. */
const AROUND_MS = 30 * MINUTE_MS;
/** The shortest range that the chart can show. */
const MIN_RANGE_MS = 100;

/** The range that the user has chosen: the last hours, live; or a fixed one. */
export type TimeRange =
  | { readonly kind: 'last'; readonly preset: Preset; readonly lengthMs: number }
  | ({ readonly kind: 'fixed'; readonly atMs?: number } & ChartRange);

/** Reads `range=1h`, `from=…&to=…` or `at=…` from the URL; otherwise the default. */
export function timeRangeOf(query: URLSearchParams): TimeRange {
  const [fromMs, toMs, atMs] = ['from', 'to', 'at'].map((name) => Date.parse(query.get(name) ?? ''));
  const moment = atMs !== undefined && !Number.isNaN(atMs) ? { atMs } : {};
  if (fromMs !== undefined && toMs !== undefined && toMs - fromMs >= MIN_RANGE_MS)
    return { kind: 'fixed', fromMs, toMs, ...moment };
  if (moment.atMs !== undefined)
    return { kind: 'fixed', fromMs: moment.atMs - AROUND_MS, toMs: moment.atMs + AROUND_MS, ...moment };
  const name = query.get('range') ?? '';
  const preset = Object.hasOwn(PRESETS, name) ? (name as Preset) : DEFAULT_PRESET;
  return { kind: 'last', preset, lengthMs: PRESETS[preset].ms };
}

/** The start and end of the range, at this time. */
export function absoluteRange(timeRange: TimeRange, nowMs: number): ChartRange {
  return timeRange.kind === 'fixed' ? timeRange : { fromMs: nowMs - timeRange.lengthMs, toMs: nowMs };
}

/** The URL's parameters for a fixed range, lengthened to what the chart can show. */
export function queryOf({ fromMs, toMs }: ChartRange): { from: string; to: string } {
  const missingMs = Math.max(0, MIN_RANGE_MS - (toMs - fromMs)) / 2;
  return {
    from: new Date(Math.floor(fromMs - missingMs)).toISOString(),
    to: new Date(Math.ceil(toMs + missingMs)).toISOString(),
  };
}
