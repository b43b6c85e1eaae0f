import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { loadBuckets } from '../api/buckets.js';
import type { Bucket } from '../api/client.js';
import type { BucketLength } from '../chart/bucket-length.js';
import { nowMs } from '../common/clock.js';
import { batchByFrame } from '../common/frame-batch.js';
import type { LiveReading } from '../live/live-sensors.js';
import { live } from '../live/live.js';
import { addReading } from './live-buckets.js';
import { absoluteRange, type TimeRange } from './time-range.js';

/** How often a live range is loaded again; in between, the stream adds readings. */
const RELOAD_MS = 60_000;

/** The visible history of a sensor. */
export interface History {
  readonly buckets: readonly Bucket[];
  readonly isLoading: boolean;
  readonly error: Error | null;
}

/** The buckets of a range. A live range grows with every reading. */
export function useHistory(
  sensorId: string,
  timeRange: TimeRange,
  { every, everyMs }: BucketLength,
): History {
  const queries = useQueryClient();
  const isLive = timeRange.kind === 'last';
  const range = isLive ? timeRange.preset : `${timeRange.fromMs} ${timeRange.toMs}`;
  const queryKey = ['history', sensorId, range, every];
  const key = queryKey.join('\n');
  const { data, isPending, error } = useQuery({
    queryKey: [key],
    queryFn: async () => {
      const { fromMs, toMs } = absoluteRange(timeRange, nowMs());
      // A live range has no end, so that it includes the newest readings.
      const to = isLive ? undefined : new Date(toMs).toISOString();
      const from = new Date(fromMs).toISOString();
      const buckets = await loadBuckets([sensorId], { from, every, ...(to && { to }) });
      return buckets[sensorId] ?? [];
    },
    placeholderData: keepPreviousData,
  });

  useEffect(() => {
    if (!isLive) return;
    const batch = batchByFrame((readings: readonly LiveReading[]) => {
      queries.setQueryData<readonly Bucket[]>(
        [key],
        (buckets) =>
          buckets && readings.reduce((grown, reading) => addReading(grown, reading, everyMs), buckets),
      );
    });
    // Not refetchInterval: setQueryData would restart it with every reading.
    const reload = (): void => void queries.invalidateQueries({ queryKey: [key] });
    const timer = setInterval(reload, RELOAD_MS);
    const stops = [live.onReading(sensorId, batch.add), live.onReset(reload), batch.stop];
    return () => {
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }, [queries, sensorId, key, everyMs, isLive]);

  return { buckets: data ?? [], isLoading: isPending, error };
}
