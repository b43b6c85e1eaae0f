import type { ChartRange } from './chart-data.js';

/** The shortest range that a chart can show. */
export const MIN_RANGE_MS = 100;
/** The last time that a reading can have, in the year 2255. */
const MAX_TIME_MS = Number.MAX_SAFE_INTEGER / 1000;

/** The range with its length times `factor`; the time at `share` of its width stays where it is. */
export function zoomed({ fromMs, toMs }: ChartRange, factor: number, share: number): ChartRange {
  const lengthMs = toMs - fromMs;
  const newMs = Math.max(MIN_RANGE_MS, lengthMs * factor);
  const startMs = fromMs + share * (lengthMs - newMs);
  return possible({ fromMs: startMs, toMs: startMs + newMs });
}

/** The range moved by a share of its length; later when the share is positive. */
export function moved({ fromMs, toMs }: ChartRange, share: number): ChartRange {
  const byMs = (toMs - fromMs) * share;
  return possible({ fromMs: fromMs + byMs, toMs: toMs + byMs });
}

/** The nearest range that readings can have: from 1970 to 2255, and not too short. */
export function possible({ fromMs, toMs }: ChartRange): ChartRange {
  const lengthMs = Math.min(MAX_TIME_MS, Math.max(MIN_RANGE_MS, toMs - fromMs));
  const startMs = Math.min(Math.max(0, fromMs), MAX_TIME_MS - lengthMs);
  return { fromMs: startMs, toMs: startMs + lengthMs };
}
