import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { loadBuckets } from '../api/buckets.js';
import type { Bucket } from '../api/schemas.js';
import { type BucketLength, wholeBuckets } from '../chart/bucket-length.js';
import { nowMs } from '../common/clock.js';
import { batchByFrame } from '../common/frame-batch.js';
import type { LiveReading } from '../live/live-sensors.js';
import { live } from '../live/live.js';
import { addReading } from './live-buckets.js';
import { absoluteRange, type TimeRange } from './time-range.js';

/** How often a live range is loaded again; in between, the stream adds readings. */
const RELOAD_MS = 60_000;

/** Buckets by sensor; a sensor without readings is absent. */
export type BucketsBySensor = Readonly<Record<string, readonly Bucket[]>>;

/** The visible history of sensors. */
export interface History {
  readonly buckets: BucketsBySensor;
  readonly isLoading: boolean;
  readonly error: Error | null;
}

/** The buckets of a range, whole ones also at its ends. A live range grows with every reading. */
export function useHistory(
  sensorIds: readonly string[],
  timeRange: TimeRange,
  { every, everyMs }: BucketLength,
): History {
  const queries = useQueryClient();
  const isLive = timeRange.kind === 'last';
  const range = isLive ? timeRange.preset : `${timeRange.fromMs} ${timeRange.toMs}`;
  // One text, so that effects compare it by value.
  const key = JSON.stringify(['history', ...sensorIds, range, every]);
  const { data, isPending, error } = useQuery({
    queryKey: [key],
    enabled: sensorIds.length > 0,
    queryFn: () => {
      const { fromMs, toMs } = wholeBuckets(absoluteRange(timeRange, nowMs()), everyMs);
      // A live range has no end, so that it includes the newest readings.
      const to = isLive ? undefined : new Date(toMs).toISOString();
      return loadBuckets(sensorIds, { from: new Date(fromMs).toISOString(), every, ...(to && { to }) });
    },
    placeholderData: keepPreviousData,
  });

  useEffect(() => {
    if (!isLive) return;
    const batch = batchByFrame((readings: readonly LiveReading[]) => {
      queries.setQueryData<BucketsBySensor>(
        [key],
        (buckets) => buckets && addAll(buckets, readings, everyMs),
      );
    });
    // Not refetchInterval: setQueryData would restart it with every reading.
    const reload = (): void => void queries.invalidateQueries({ queryKey: [key] });
    const timer = setInterval(reload, RELOAD_MS);
    const listened = sensorsOf(key).map((sensorId) => live.onReading(sensorId, batch.add));
    const stops = [...listened, live.onReset(reload), batch.stop];
    return () => {
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }, [queries, key, everyMs, isLive]);

  return { buckets: data ?? {}, isLoading: isPending && sensorIds.length > 0, error };
}

/** The buckets of one sensor. */
export function bucketsOf(buckets: BucketsBySensor, sensorId: string): readonly Bucket[] {
  return Object.hasOwn(buckets, sensorId) ? (buckets[sensorId] ?? []) : [];
}

function addAll(
  buckets: BucketsBySensor,
  readings: readonly LiveReading[],
  everyMs: number,
): BucketsBySensor {
  const grown = new Map(Object.entries(buckets));
  for (const reading of readings)
    grown.set(reading.sensorId, addReading(grown.get(reading.sensorId) ?? [], reading, everyMs));
  return Object.fromEntries(grown);
}

function sensorsOf(key: string): readonly string[] {
  return (JSON.parse(key) as string[]).slice(1, -2);
}
