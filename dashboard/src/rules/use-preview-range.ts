import { useCallback, useState, useSyncExternalStore } from 'react';

import type { ChartRange } from '../chart/chart-data.js';
import { endingWith, namedRangeOf } from '../history/time-range.js';
import { live } from '../live/live.js';

const HOUR_MS = 3_600_000;
/** Ranges to try a rule on: their names in the URL, on buttons and in sentences. */
export const RANGES = {
  '1h': { lengthMs: HOUR_MS, name: '1 h', within: 'the last hour', before: 'the hour' },
  '6h': { lengthMs: 6 * HOUR_MS, name: '6 h', within: 'the last 6 hours', before: 'the 6 hours' },
  '24h': { lengthMs: 24 * HOUR_MS, name: '24 h', within: 'the last 24 hours', before: 'the 24 hours' },
  '7d': { lengthMs: 168 * HOUR_MS, name: '7 d', within: 'the last 7 days', before: 'the 7 days' },
  '30d': { lengthMs: 720 * HOUR_MS, name: '30 d', within: 'the last 30 days', before: 'the 30 days' },
} as const;
export type RangeName = keyof typeof RANGES;

export interface PreviewRange extends ChartRange {
  /** The range in words, such as "the last 24 hours". */
  readonly within: string;
  /** The button that chose it; undefined for dates. */
  readonly name: RangeName | undefined;
  /** The last reading, if the range ends with it because it is older; milliseconds since the Unix epoch. */
  readonly lastReadingMs: number | undefined;
}

/**
 * The range that the URL names: `from` and `to`, or the last hours of `range`. When the sensor's last reading is older than
 * those, as many hours up to that reading.
 * @param untilMs what counts as now, milliseconds since the Unix epoch
 */
export function usePreviewRange(
  query: URLSearchParams,
  byDefault: RangeName,
  sensorId: string,
  untilMs: number,
): PreviewRange {
  const named = query.get('range') ?? '';
  const name = Object.hasOwn(RANGES, named) ? (named as RangeName) : byDefault;
  const { lengthMs, within, before } = RANGES[name];
  const fromMs = untilMs - lengthMs;
  const lastReadingMs = useOldReading(sensorId, fromMs);
  const picked = namedRangeOf(query);
  if (picked?.kind === 'fixed')
    return { ...picked, within: 'this range', name: undefined, lastReadingMs: undefined };
  if (lastReadingMs === undefined) return { fromMs, toMs: untilMs, within, name, lastReadingMs };
  return {
    ...endingWith(lastReadingMs, lengthMs),
    within: `${before} up to the last reading`,
    name,
    lastReadingMs,
  };
}

/** The time of a sensor's newest reading, if it is from before a time; it stays while further old readings arrive. */
function useOldReading(sensorId: string, beforeMs: number): number | undefined {
  const subscribe = useCallback(
    (onChange: () => void) => live.sensors.subscribeTo(sensorId, onChange),
    [sensorId],
  );
  const isOld = useSyncExternalStore(subscribe, () => {
    const { timeMs = 0 } = live.sensors.get(sensorId) ?? {};
    return timeMs > 0 && timeMs < beforeMs;
  });
  const [held, setHeld] = useState<{ readonly of: string; readonly timeMs: number | undefined }>();
  const of = isOld ? `${sensorId} ${beforeMs}` : '';
  if (of !== (held?.of ?? '')) {
    const found = { of, timeMs: isOld ? live.sensors.get(sensorId)?.timeMs : undefined };
    setHeld(found);
    return found.timeMs;
  }
  return held?.timeMs;
}
