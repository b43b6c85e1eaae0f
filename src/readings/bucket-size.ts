import { formatDuration, parseDuration } from '../common/config/duration.js';
import type { TimeRange } from '../model/time-range.js';

/** The most buckets that the range of one answer may span. */
export const MAX_BUCKETS = 10_000;

const MS_US = 1_000;

const ROUND: readonly (readonly [unit: string, amounts: readonly number[]])[] = [
  ['ms', [1, 2, 5, 10, 20, 50, 100, 200, 500]],
  ['s', [1, 2, 3, 5, 10, 15, 20, 30]],
  ['m', [1, 2, 3, 5, 10, 15, 20, 30]],
  ['h', [1, 2, 3, 4, 6, 8, 12]],
  ['d', [1, 2]],
  // Up to a bucket of all times since 1970 that a timestamp can name.
  ['w', Array.from({ length: 15 }, (_, power) => 2 ** power)],
];

const ROUND_SIZES_US = ROUND.flatMap(([unit, amounts]) =>
  amounts.map((amount) => (parseDuration(`${amount}${unit}`) ?? NaN) * MS_US),
);

export const BUCKET_SIZE_RULE = 'a duration of at least "1ms", such as "30s", "5m", "24h" or "1d"';

/** The rule as JSON Schema, which leaves out that fractions are possible, too. */
export const BUCKET_SIZE_PATTERN = String.raw`^[1-9](\d{0,11}ms|\d{0,8}s|\d{0,7}m|\d{0,5}h|\d{0,4}d|\d{0,3}w)$`;

/** @returns a bucket's length in microseconds; undefined when the text is not one */
export function parseBucketSize(text: unknown): number | undefined {
  const exactUs = (typeof text === 'string' ? (parseDuration(text) ?? NaN) : NaN) * MS_US;
  const everyUs = Math.round(exactUs);
  const whole = Math.abs(everyUs - exactUs) < 0.001;
  return whole && everyUs >= MS_US && Number.isSafeInteger(everyUs) ? everyUs : undefined;
}

/** The inverse of parseBucketSize(). */
export function formatBucketSize(everyUs: number): string {
  return formatDuration(everyUs / MS_US);
}

/** How many buckets of one length a range spans, with empty ones and the partial ones at its ends. */
export function countBuckets({ fromUs, toUs }: TimeRange, everyUs: number): number {
  return Math.floor((toUs - 1) / everyUs) - Math.floor(fromUs / everyUs) + 1;
}

/**
 * The smallest round size, in microseconds, so that a range has at most `points` buckets.
 * @returns undefined for 1 point and a range across the epoch: two buckets meet at the epoch, whatever their size
 */
export function roundBucketSize(range: TimeRange, points: number): number | undefined {
  return ROUND_SIZES_US.find((everyUs) => countBuckets(range, everyUs) <= points);
}
