import { GatewayError } from '../common/errors/gateway-error.js';
import { formatValue } from '../common/errors/format-value.js';
import { type TimeRange, timeRange } from '../model/time-range.js';
import {
  countBuckets,
  formatBucketSize,
  MAX_BUCKETS,
  parseBucketSize,
  roundBucketSize,
} from './bucket-size.js';
import type { HistoryQueryDto } from './history-query.dto.js';

/** A range, and the length of its buckets in microseconds; undefined for raw readings. */
export interface HistoryRange extends TimeRange {
  readonly everyUs: number | undefined;
}

/**
 * The range of a validated query.
 * @throws GatewayError INVALID_PARAMETER when parameters do not fit together
 */
export function historyRange(query: HistoryQueryDto): HistoryRange {
  const range = timeRange(query.from, query.to);
  const { every, points, cursor } = query;
  if (every !== undefined && points !== undefined)
    throw wrong(
      'points',
      `points must not be given together with every, got ${points} and every ${formatValue(every)}`,
    );
  const everyUs = points === undefined ? parseBucketSize(every) : sizeFor(range, points);
  if (everyUs === undefined) return { ...range, everyUs };
  if (cursor !== undefined)
    throw wrong(
      'cursor',
      `cursor must not be given with buckets, got ${formatValue(cursor)}; their Link header continues with from`,
    );
  const count = countBuckets(range, everyUs);
  if (count > MAX_BUCKETS) {
    const enough = roundBucketSize(range, MAX_BUCKETS) ?? everyUs;
    throw wrong(
      'every',
      `every must be so long that at most ${MAX_BUCKETS} buckets span the range, such as ${formatBucketSize(enough)}, got ${formatValue(every)}, which makes ${count}`,
    );
  }
  return { ...range, everyUs };
}

function sizeFor(range: TimeRange, points: number): number {
  const everyUs = roundBucketSize(range, points);
  if (everyUs === undefined)
    throw wrong(
      'points',
      `points must be at least 2 when the range contains 1970-01-01T00:00:00Z, got ${points}`,
    );
  return everyUs;
}

function wrong(path: string, message: string): GatewayError {
  return new GatewayError('INVALID_PARAMETER', message, { errors: [{ path, message }] });
}
