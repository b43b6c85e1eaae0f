import { MAX_TIME_MS, MIN_TIME_MS } from '../common/time-limits.js';
import type { ChartRange } from './chart-data.js';

/** The shortest range that a chart can show. */
export const MIN_RANGE_MS = 100;

/** The range with its length times `factor`; the time at `share` of its width stays where it is. */
export function zoomed({ fromMs, toMs }: ChartRange, factor: number, share: number): ChartRange {
  const lengthMs = toMs - fromMs;
  const newMs = Math.max(MIN_RANGE_MS, lengthMs * factor);
  const startMs = fromMs + share * (lengthMs - newMs);
  return possible({ fromMs: startMs, toMs: startMs + newMs });
}

/** The range moved by a share of its length, as far as there can be readings; later when the share is positive. */
export function moved({ fromMs, toMs }: ChartRange, share: number): ChartRange {
  const wantedMs = (toMs - fromMs) * share;
  const byMs = Math.max(MIN_TIME_MS - fromMs, Math.min(wantedMs, MAX_TIME_MS - toMs));
  return possible({ fromMs: fromMs + byMs, toMs: toMs + byMs });
}

/** The part of a range that readings can have, and not too short. */
export function possible({ fromMs, toMs }: ChartRange): ChartRange {
  const startMs = Math.min(Math.max(MIN_TIME_MS, fromMs), MAX_TIME_MS - MIN_RANGE_MS);
  return { fromMs: startMs, toMs: Math.max(startMs + MIN_RANGE_MS, Math.min(toMs, MAX_TIME_MS)) };
}
