import type { ReactNode } from 'react';

import { useNow } from '../common/clock.js';
import { formatAgo, formatLasting, formatMoment, formatTime, isAhead } from '../common/format.js';

/** Since when something is so, as in "since 14:05 (12 min)". */
export function Since({ timeMs }: { timeMs: number }): ReactNode {
  const ageMs = useNow() - timeMs;
  return (
    <time dateTime={new Date(timeMs).toISOString()} title={formatTime(timeMs)}>
      since {formatMoment(timeMs)} ({isAhead(ageMs) ? formatAgo(ageMs) : formatLasting(ageMs)})
    </time>
  );
}
