import type { Bucket } from '../api/schemas.js';
import { bucketStartMs } from '../chart/bucket-length.js';
import type { LiveReading } from '../live/live-sensors.js';

/**
 * Adds a live reading to loaded buckets, the newest last. The result is preliminary: the gateway's buckets, loaded each
 * minute, replace it.
 * @returns a new array; the same array when the reading is older than the last bucket
 */
export function addReading(
  buckets: readonly Bucket[],
  { value, timestamp }: Pick<LiveReading, 'value' | 'timestamp'>,
  everyMs: number,
): readonly Bucket[] {
  const startMs = bucketStartMs(Date.parse(timestamp), everyMs);
  const last = buckets.at(-1);
  const lastMs = last ? Date.parse(last.start) : -Infinity;
  if (startMs < lastMs) return buckets;
  if (!last || startMs > lastMs) {
    const start = new Date(startMs).toISOString();
    return [...buckets, { start, count: 1, min: value, max: value, mean: value, last: value }];
  }
  const count = last.count + 1;
  const grown = {
    ...last,
    count,
    min: Math.min(last.min, value),
    max: Math.max(last.max, value),
    mean: last.mean + (value - last.mean) / count,
    last: value,
  };
  return [...buckets.slice(0, -1), grown];
}
