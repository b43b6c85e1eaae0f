import { MAX_END_MS } from '../common/time-limits.js';
import type { ChartRange } from './chart-data.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** The first Monday after the epoch. */
const MONDAY_MS = 4 * DAY_MS;

/** Round lengths, as GET /api/readings takes them. */
const LENGTHS: readonly (readonly [every: string, everyMs: number])[] = [
  ...[10, 20, 50, 100, 200, 500].map((n) => [`${n}ms`, n] as const),
  ...[1, 2, 5, 10, 15, 30].map((n) => [`${n}s`, n * SECOND_MS] as const),
  ...[1, 2, 5, 10, 15, 30].map((n) => [`${n}m`, n * MINUTE_MS] as const),
  ...[1, 2, 3, 6, 12].map((n) => [`${n}h`, n * HOUR_MS] as const),
  ...[1, 2].map((n) => [`${n}d`, n * DAY_MS] as const),
  ...[1, 2, 4, 8, 16].map((n) => [`${n}w`, n * WEEK_MS] as const),
];

/** The length of a bucket. */
export interface BucketLength {
  readonly every: string;
  readonly everyMs: number;
}

/** The shortest round length that divides a range into at most `points` buckets. */
export function bucketLengthFor(rangeMs: number, points: number): BucketLength {
  const [every, everyMs] = LENGTHS.find(([, length]) => rangeMs / length <= points) ?? ['32w', 224 * DAY_MS];
  return { every, everyMs };
}

/** When the bucket of a time begins: buckets of weeks begin on Mondays, others at multiples of their length. */
export function bucketStartMs(timeMs: number, everyMs: number): number {
  const offsetMs = everyMs % WEEK_MS === 0 ? MONDAY_MS : 0;
  return Math.floor((timeMs - offsetMs) / everyMs) * everyMs + offsetMs;
}

/** A range lengthened to whole buckets, so that neither the first nor the last is cut. */
export function wholeBuckets({ fromMs, toMs }: ChartRange, everyMs: number): ChartRange {
  const lastMs = bucketStartMs(toMs, everyMs);
  const endMs = lastMs < toMs ? lastMs + everyMs : toMs;
  return { fromMs: bucketStartMs(fromMs, everyMs), toMs: Math.min(endMs, MAX_END_MS) };
}
