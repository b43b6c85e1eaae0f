import type { Bucket } from '../api/client.js';
import type { ChartSeries } from './chart-data.js';

/** A pause is a gap when it is this many times the usual step … */
const GAP_FACTOR = 5;
/** … and this share of the visible range. */
const GAP_SHARE = 1 / 50;

/**
 * Converts buckets for the chart: each point in the middle of its bucket, a gap where the sensor paused for long.
 * @param rangeMs the length of the visible range
 */
export function toSeries(buckets: readonly Bucket[], everyMs: number, rangeMs: number): ChartSeries {
  const series: ChartSeries = { timesS: [], mean: [], min: [], max: [] };
  const gapS = Math.max(GAP_FACTOR * usualStepS(buckets, everyMs), (rangeMs / 1000) * GAP_SHARE);
  let beforeS = Infinity;
  for (const { start, mean, min, max } of buckets) {
    const timeS = (Date.parse(start) + everyMs / 2) / 1000;
    if (timeS - beforeS > gapS) push(series, (timeS + beforeS) / 2, null, null, null);
    push(series, timeS, mean, min, max);
    beforeS = timeS;
  }
  return series;
}

function push(
  series: ChartSeries,
  timeS: number,
  mean: number | null,
  min: number | null,
  max: number | null,
): void {
  series.timesS.push(timeS);
  series.mean.push(mean);
  series.min.push(min);
  series.max.push(max);
}

/** The median step between buckets, and at least the length of a bucket. */
function usualStepS(buckets: readonly Bucket[], everyMs: number): number {
  const steps = buckets
    .slice(1)
    .map(({ start }, index) => Date.parse(start) - Date.parse(buckets[index]?.start ?? start))
    .sort((a, b) => a - b);
  return Math.max(everyMs, steps[Math.floor(steps.length / 2)] ?? 0) / 1000;
}
