import type { Bucket } from '../api/schemas.js';
import type { ChartPoint, ChartSeries } from './chart-data.js';

/** A pause is a gap when it is this many times the usual step … */
const GAP_FACTOR = 5;
/** … and this share of the visible range. */
const GAP_SHARE = 1 / 50;

/** What of a bucket is drawn. */
export type DrawnBucket = Pick<Bucket, 'start' | 'mean' | 'min' | 'max'>;

/**
 * Converts buckets for the chart: each point in the middle of its bucket, a gap where the sensor paused for long.
 * @param rangeMs the length of the visible range
 * @param nowMs a bucket that ends later is unfinished: its point stands in the middle of the part that has passed
 */
export function toSeries(
  buckets: readonly DrawnBucket[],
  everyMs: number,
  rangeMs: number,
  nowMs = Infinity,
): ChartSeries {
  const last = buckets.at(-1);
  const isUnfinished = last !== undefined && Date.parse(last.start) + everyMs > nowMs;
  const finished = isUnfinished ? buckets.slice(0, -1) : buckets;
  const series: ChartSeries = { timesS: [], mean: [], min: [], max: [] };
  const gapS = Math.max(GAP_FACTOR * usualStepS(finished, everyMs), (rangeMs / 1000) * GAP_SHARE);
  let beforeS = Infinity;
  for (const { start, mean, min, max } of finished) {
    const timeS = (Date.parse(start) + everyMs / 2) / 1000;
    if (timeS - beforeS > gapS) push(series, (timeS + beforeS) / 2, null, null, null);
    push(series, timeS, mean, min, max);
    beforeS = timeS;
  }
  return isUnfinished ? { ...series, unfinished: unfinishedPoint(last, nowMs) } : series;
}

function unfinishedPoint({ start, mean, min, max }: DrawnBucket, nowMs: number): ChartPoint {
  const startMs = Date.parse(start);
  return { timeS: Math.max(startMs, (startMs + nowMs) / 2) / 1000, mean, min, max };
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
function usualStepS(buckets: readonly DrawnBucket[], everyMs: number): number {
  const steps = buckets
    .slice(1)
    .map(({ start }, index) => Date.parse(start) - Date.parse(buckets[index]?.start ?? start))
    .sort((a, b) => a - b);
  return Math.max(everyMs, steps[Math.floor(steps.length / 2)] ?? 0) / 1000;
}
