import type { ChartSeries } from './chart-data.js';

/** The smallest and the largest value of a series, also of its unfinished bucket; undefined when it has none. */
export function extentOf({
  min,
  max,
  unfinished,
}: ChartSeries): { readonly min: number; readonly max: number } | undefined {
  const { min: last = Infinity, max: lastMax = -Infinity } = unfinished ?? {};
  const least = min.reduce<number>((found, value) => Math.min(found, value ?? Infinity), last);
  const most = max.reduce<number>((found, value) => Math.max(found, value ?? -Infinity), lastMax);
  return most >= least ? { min: least, max: most } : undefined;
}
