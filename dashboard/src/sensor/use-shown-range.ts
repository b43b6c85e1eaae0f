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

/** A range that follows old readings moves at most this often: an import brings thousands in a second. */
const FOLLOW_MS = 1_000;

interface ShownReading {
  /** When it was measured, and since when the range shows it; milliseconds since the Unix epoch. */
  readonly readingMs: number;
  readonly shownMs: number;
}

export interface ShownRange {
  readonly timeRange: TimeRange;
  /** When the newest reading was measured, if the range was chosen to show it; milliseconds since the Unix epoch. */
  readonly lastReadingMs: number | undefined;
}

/**
 * The range that the URL names. Without one, the last hour; or the hour before the last reading, when that is older. It
 * follows further old readings.
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
  const [old, setOld] = useState<ShownReading>();
  useEffect(() => {
    const timer = setTimeout(() => setPatient(false), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const named = namedRangeOf(query);
  const lengthMs = PRESETS[DEFAULT_PRESET].ms;
  const isOld = newestMs !== undefined && newestMs < nowMs - lengthMs;
  if (isOld && isBehind(old, newestMs, nowMs)) setOld({ readingMs: newestMs, shownMs: nowMs });
  if (named) return { timeRange: named, lastReadingMs: undefined };
  if (newestMs === undefined && !isLoaded && isPatient) return undefined;
  if (!isOld) return { timeRange: lastOf(DEFAULT_PRESET), lastReadingMs: undefined };
  const lastReadingMs = old?.readingMs ?? newestMs;
  return { timeRange: { kind: 'fixed', ...endingWith(lastReadingMs, lengthMs) }, lastReadingMs };
}

/** Whether another reading than the newest one has been shown for long enough. */
function isBehind(old: ShownReading | undefined, newestMs: number, nowMs: number): boolean {
  return !old || (newestMs > old.readingMs && nowMs >= old.shownMs + FOLLOW_MS);
}
