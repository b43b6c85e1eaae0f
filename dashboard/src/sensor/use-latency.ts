import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { api, dataOf } from '../api/client.js';
import type { LatencyBucket } from '../api/schemas.js';
import { type BucketLength, wholeBuckets } from '../chart/bucket-length.js';
import { nowMs } from '../common/clock.js';
import { absoluteRange, type TimeRange } from '../history/time-range.js';

const RELOAD_MS = 60_000;

/** The latency of a sensor's readings over time. */
export interface Latency {
  readonly buckets: readonly LatencyBucket[];
  readonly isLoading: boolean;
  readonly error: Error | null;
}

/** @param timeRange a live range is loaded again each minute */
export function useLatency(
  sensorId: string,
  timeRange: TimeRange,
  { every, everyMs }: BucketLength,
): Latency {
  const isLive = timeRange.kind === 'last';
  const range = isLive ? timeRange.preset : `${timeRange.fromMs} ${timeRange.toMs}`;
  const { data, isPending, error } = useQuery({
    queryKey: ['latency', sensorId, range, every],
    queryFn: () => {
      const { fromMs, toMs } = wholeBuckets(absoluteRange(timeRange, nowMs()), everyMs);
      const [from = '', to = ''] = [fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString());
      const params = { path: { sensorId }, query: { from, to, every } };
      return dataOf(api.GET('/api/readings/{sensorId}/latency', { params }));
    },
    refetchInterval: isLive ? RELOAD_MS : false,
    placeholderData: keepPreviousData,
  });
  return { buckets: data ?? [], isLoading: isPending, error };
}
