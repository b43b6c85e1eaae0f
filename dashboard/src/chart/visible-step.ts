import type { ChartLine, ChartRange } from './chart-data.js';

/** A chart shows about this many different values from bottom to top. */
const LEVELS = 500;

/** The smallest difference between values that the chart of a range shows, for as many digits as tell them apart. */
export function visibleStep(lines: readonly ChartLine[], { fromMs, toMs }: ChartRange): number {
  let [least, most] = [Infinity, -Infinity];
  for (const { series } of lines)
    for (let index = 0; index < series.timesS.length; index += 1) {
      const timeMs = (series.timesS[index] ?? 0) * 1000;
      if (timeMs < fromMs || timeMs > toMs) continue;
      least = Math.min(least, series.min[index] ?? Infinity);
      most = Math.max(most, series.max[index] ?? -Infinity);
    }
  return most > least ? (most - least) / LEVELS : Infinity;
}
