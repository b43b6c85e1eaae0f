import type { Bucket } from '../api/client.js';
import type { LiveReading } from '../live/live-sensors.js';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** The first Monday after the epoch: the gateway's weeks begin on Mondays. */
const MONDAY_MS = 4 * DAY_MS;

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
  const offsetMs = everyMs % WEEK_MS === 0 ? MONDAY_MS : 0;
  const startMs = Math.floor((Date.parse(timestamp) - offsetMs) / everyMs) * everyMs + offsetMs;
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
