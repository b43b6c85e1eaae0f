import type { PageLocation } from '../common/location.js';
import type { ChartRange } from '../chart/chart-data.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Ranges that end now and move on, by the name they have in the address. */
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

/** Shown on both sides of a moment that a link leads to. */
const AROUND_MS = 30 * MINUTE_MS;
/** No reading is told apart closer than this. */
const MIN_RANGE_MS = 100;

/** What the chart shows: the last so much, moving on; or a range that stands still. */
export type TimeRange =
  | { readonly kind: 'last'; readonly preset: Preset; readonly lengthMs: number }
  | ({ readonly kind: 'fixed'; readonly atMs?: number } & ChartRange);

/** Reads `range=1h`, `from=…&to=…` or `at=…`; what is none of them is the default. */
export function timeRangeOf({ query }: PageLocation): TimeRange {
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

/** The range at this moment. */
export function absoluteRange(shown: TimeRange, nowMs: number): ChartRange {
  return shown.kind === 'fixed' ? shown : { fromMs: nowMs - shown.lengthMs, toMs: nowMs };
}

/** What goes into the address for a range that stands still; never shorter than can be shown. */
export function queryOf({ fromMs, toMs }: ChartRange): { from: string; to: string } {
  const lackMs = Math.max(0, MIN_RANGE_MS - (toMs - fromMs)) / 2;
  return {
    from: new Date(Math.floor(fromMs - lackMs)).toISOString(),
    to: new Date(Math.ceil(toMs + lackMs)).toISOString(),
  };
}
