import type { ChartRange } from '../chart/chart-data.js';
import { MIN_RANGE_MS, possible } from '../chart/zoom-range.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The share of a range that is free behind the last reading. */
const ROOM = 0.02;

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

/** The range that the user has chosen: the last hours, live; or a fixed one. */
export type TimeRange =
  | { readonly kind: 'last'; readonly preset: Preset; readonly lengthMs: number }
  | ({ readonly kind: 'fixed'; readonly atMs?: number } & ChartRange);

/** Reads `range=1h`, `from=…&to=…` or `at=…` from the URL; undefined when it names none. */
export function namedRangeOf(query: URLSearchParams): TimeRange | undefined {
  const [fromMs, toMs, atMs] = ['from', 'to', 'at'].map((name) => Date.parse(query.get(name) ?? ''));
  const moment = atMs !== undefined && !Number.isNaN(atMs) ? { atMs } : {};
  if (fromMs !== undefined && toMs !== undefined && toMs - fromMs >= MIN_RANGE_MS)
    return { kind: 'fixed', ...possible({ fromMs, toMs }), ...moment };
  if (moment.atMs !== undefined)
    return {
      kind: 'fixed',
      ...possible({ fromMs: moment.atMs - AROUND_MS, toMs: moment.atMs + AROUND_MS }),
      ...moment,
    };
  const name = query.get('range') ?? '';
  return Object.hasOwn(PRESETS, name) ? lastOf(name as Preset) : undefined;
}

/** A live range. */
export function lastOf(preset: Preset): TimeRange {
  return { kind: 'last', preset, lengthMs: PRESETS[preset].ms };
}

/** The range of a length that ends just behind a reading: the point of its bucket is visible, too. */
export function endingWith(readingMs: number, lengthMs: number): ChartRange {
  const toMs = Math.floor(readingMs + lengthMs * ROOM) + 1;
  return { fromMs: toMs - lengthMs, toMs };
}

/** The start and end of the range, at this time. */
export function absoluteRange(timeRange: TimeRange, nowMs: number): ChartRange {
  return timeRange.kind === 'fixed' ? timeRange : { fromMs: nowMs - timeRange.lengthMs, toMs: nowMs };
}

/** The URL's parameters for a fixed range, changed to what the chart can show. */
export function queryOf(range: ChartRange): { from: string; to: string } {
  const { fromMs, toMs } = possible(range);
  return { from: new Date(Math.floor(fromMs)).toISOString(), to: new Date(Math.ceil(toMs)).toISOString() };
}

/** The URL's parameters for a range: a live one by its name. */
export function parametersOf(timeRange: TimeRange): { from: string; to: string } | { range: string } {
  return timeRange.kind === 'last' ? { range: timeRange.preset } : queryOf(timeRange);
}

/** The range as query parameters of the gateway; a live range stays relative. */
export function searchOf(timeRange: TimeRange): URLSearchParams {
  return new URLSearchParams(
    timeRange.kind === 'last' ? { from: `-${timeRange.preset}` } : queryOf(timeRange),
  );
}
