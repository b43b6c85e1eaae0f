import type { ChartLine, ChartRange } from './chart-data.js';

/** A chart shows about so many different values from bottom to top. */
const LEVELS = 100;

/** The smallest difference between values that a line shows in a range, a power of ten; Infinity for a flat one. */
export function visibleStep({ series }: ChartLine, { fromMs, toMs }: ChartRange): number {
  let [least, most] = [Infinity, -Infinity];
  for (let index = 0; index < series.timesS.length; index += 1) {
    const timeMs = (series.timesS[index] ?? 0) * 1000;
    if (timeMs < fromMs || timeMs > toMs) continue;
    least = Math.min(least, series.min[index] ?? Infinity);
    most = Math.max(most, series.max[index] ?? -Infinity);
  }
  return most > least ? 10 ** Math.floor(Math.log10((most - least) / LEVELS)) : Infinity;
}
