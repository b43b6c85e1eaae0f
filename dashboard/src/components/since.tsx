import type { ReactNode } from 'react';

import { useNow } from '../common/clock.js';
import { formatLasting, formatMoment, formatTime } from '../common/format.js';

/** Since when something is so, as in "since 14:05 (12 min)". */
export function Since({ timeMs }: { timeMs: number }): ReactNode {
  const nowMs = useNow();
  return (
    <time dateTime={new Date(timeMs).toISOString()} title={formatTime(timeMs)}>
      since {formatMoment(timeMs)} ({formatLasting(nowMs - timeMs)})
    </time>
  );
}
