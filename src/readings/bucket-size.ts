import { formatDuration, parseDuration } from '../common/config/duration.js';
import type { TimeRange } from '../model/time-range.js';

/** The most buckets that one answer spans for one sensor. */
export const MAX_BUCKETS = 10_000;

const MS_US = 1_000;

const ROUND: readonly (readonly [unit: string, amounts: readonly number[]])[] = [
  ['ms', [1, 2, 5, 10, 20, 50, 100, 200, 500]],
  ['s', [1, 2, 3, 5, 10, 15, 20, 30]],
  ['m', [1, 2, 3, 5, 10, 15, 20, 30]],
  ['h', [1, 2, 3, 4, 6, 8, 12]],
  ['d', [1, 2]],
  // Up to a bucket that holds all times since 1970 that a timestamp can name.
  ['w', Array.from({ length: 15 }, (_, power) => 2 ** power)],
];

const ROUND_SIZES_US = ROUND.flatMap(([unit, amounts]) =>
  amounts.map((amount) => (parseDuration(`${amount}${unit}`) ?? NaN) * MS_US),
);

export const BUCKET_SIZE_RULE = 'a duration of at least "1ms", such as "30s", "5m", "24h" or "1d"';

/** The same as JSON Schema says it, without the fractions that are possible, too. */
export const BUCKET_SIZE_PATTERN = String.raw`^[1-9](\d{0,11}ms|\d{0,8}s|\d{0,7}m|\d{0,5}h|\d{0,4}d|\d{0,3}w)$`;

/** @returns a bucket's length in microseconds; undefined when the text is none */
export function parseBucketSize(text: unknown): number | undefined {
  const exactUs = (typeof text === 'string' ? (parseDuration(text) ?? NaN) : NaN) * MS_US;
  const everyUs = Math.round(exactUs);
  const whole = Math.abs(everyUs - exactUs) < 0.001;
  return whole && everyUs >= MS_US && Number.isSafeInteger(everyUs) ? everyUs : undefined;
}

/** @returns the length as parseBucketSize() reads it */
export function formatBucketSize(everyUs: number): string {
  return formatDuration(everyUs / MS_US);
}

/** How many buckets of a length a range spans, empty ones and the parts at its ends counted. */
export function countBuckets({ fromUs, toUs }: TimeRange, everyUs: number): number {
  return Math.floor((toUs - 1) / everyUs) - Math.floor(fromUs / everyUs) + 1;
}

/**
 * The smallest round size of which at most `points` buckets span a range, in microseconds.
 * @returns undefined for 1 point and a range across the epoch, where two buckets meet whatever their size
 */
export function roundBucketSize(range: TimeRange, points: number): number | undefined {
  return ROUND_SIZES_US.find((everyUs) => countBuckets(range, everyUs) <= points);
}
