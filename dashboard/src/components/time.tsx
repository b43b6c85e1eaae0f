import type { ReactNode } from 'react';

import { useNow } from '../common/clock.js';
import { formatAgo, formatTime } from '../common/format.js';

/** How long ago something was, as it moves on; the time itself where a pointer rests. */
export function Ago({ timeMs }: { timeMs: number }): ReactNode {
  const nowMs = useNow();
  return (
    <time dateTime={new Date(timeMs).toISOString()} title={formatTime(timeMs)}>
      {formatAgo(nowMs - timeMs)}
    </time>
  );
}

export function Time({ timeMs }: { timeMs: number }): ReactNode {
  return <time dateTime={new Date(timeMs).toISOString()}>{formatTime(timeMs)}</time>;
}
