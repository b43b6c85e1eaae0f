import type { ReactNode } from 'react';

import { useNow } from '../common/clock.js';
import { formatAgo, formatTime } from '../common/format.js';

/** How long ago something was, kept current; the tooltip shows the time itself. */
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
