import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import type { Bucket } from '../api/client.js';
import { loadBuckets } from '../api/buckets.js';
import type { BucketLength } from '../chart/bucket-length.js';
import { absoluteRange, type TimeRange } from './time-range.js';
import { nowMs } from '../common/clock.js';
import { batchByFrame } from '../common/frame-batch.js';
import { live } from '../live/live.js';
import type { LiveReading } from '../live/live-sensors.js';
import { addReading } from './live-buckets.js';

/** A range that moves is loaded anew so often; in between the stream brings what is new. */
const RELOAD_MS = 60_000;

/** What is shown of a sensor. */
export interface History {
  readonly buckets: readonly Bucket[];
  readonly isLoading: boolean;
  readonly error: Error | null;
}

/** The buckets of what is shown, growing with every reading while the range moves on. */
export function useHistory(sensorId: string, shown: TimeRange, { every, everyMs }: BucketLength): History {
  const queries = useQueryClient();
  const isMoving = shown.kind === 'last';
  const range = isMoving ? shown.preset : `${shown.fromMs} ${shown.toMs}`;
  const queryKey = ['history', sensorId, range, every];
  const key = queryKey.join('\n');
  const { data, isPending, error } = useQuery({
    queryKey: [key],
    queryFn: async () => {
      const { fromMs, toMs } = absoluteRange(shown, nowMs());
      // A moving range has no end: what came just now is in it.
      const to = isMoving ? undefined : new Date(toMs).toISOString();
      const from = new Date(fromMs).toISOString();
      const buckets = await loadBuckets([sensorId], { from, every, ...(to && { to }) });
      return buckets[sensorId] ?? [];
    },
    placeholderData: keepPreviousData,
  });

  useEffect(() => {
    if (!isMoving) return;
    const batch = batchByFrame((readings: readonly LiveReading[]) => {
      queries.setQueryData<readonly Bucket[]>(
        [key],
        (buckets) =>
          buckets && readings.reduce((grown, reading) => addReading(grown, reading, everyMs), buckets),
      );
    });
    // The query's own interval would begin anew with every reading.
    const reload = (): void => void queries.invalidateQueries({ queryKey: [key] });
    const timer = setInterval(reload, RELOAD_MS);
    const stops = [live.onReading(sensorId, batch.add), live.onReset(reload), batch.stop];
    return () => {
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }, [queries, sensorId, key, everyMs, isMoving]);

  return { buckets: data ?? [], isLoading: isPending, error };
}
