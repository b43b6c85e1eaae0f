import { useEffect, useState } from 'react';

import {
  DEFAULT_PRESET,
  endingWith,
  lastOf,
  namedRangeOf,
  PRESETS,
  type TimeRange,
} from '../history/time-range.js';

/** How long the view waits for the newest reading before it shows the last hour. */
const PATIENCE_MS = 3_000;

export interface ShownRange {
  readonly timeRange: TimeRange;
  /** When the newest reading was measured, if the range was chosen to show it; milliseconds since the Unix epoch. */
  readonly lastReadingMs: number | undefined;
}

/**
 * The range that the URL names. Without one, the last hour; or the hour before the last reading, when that is older.
 * @param newestMs when the newest reading was measured, milliseconds since the Unix epoch; undefined while unknown
 * @param isLoaded whether the newest readings of all sensors are known
 * @returns undefined while it is unknown which
 */
export function useShownRange(
  query: URLSearchParams,
  newestMs: number | undefined,
  isLoaded: boolean,
  nowMs: number,
): ShownRange | undefined {
  const [isPatient, setPatient] = useState(true);
  const [oldMs, setOldMs] = useState<number>();
  useEffect(() => {
    const timer = setTimeout(() => setPatient(false), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const named = namedRangeOf(query);
  const lengthMs = PRESETS[DEFAULT_PRESET].ms;
  const isOld = newestMs !== undefined && newestMs < nowMs - lengthMs;
  // The range stays while further old readings arrive, as during an import.
  if (isOld && oldMs === undefined) setOldMs(newestMs);
  if (named) return { timeRange: named, lastReadingMs: undefined };
  if (newestMs === undefined && !isLoaded && isPatient) return undefined;
  if (!isOld) return { timeRange: lastOf(DEFAULT_PRESET), lastReadingMs: undefined };
  const lastReadingMs = oldMs ?? newestMs;
  return { timeRange: { kind: 'fixed', ...endingWith(lastReadingMs, lengthMs) }, lastReadingMs };
}
