import type { ReactNode } from 'react';

import { formatClock } from '../common/format.js';
import { live } from '../live/live.js';
import { useConnection } from '../live/use-live.js';

/** Whether the page is live. What is lost is said in words, below the head of the page, too. */
export function ConnectionStatus(): ReactNode {
  const { state } = useConnection();
  const words = { connecting: 'connecting', live: 'live', lost: 'connection lost', refused: 'not signed in' }[
    state
  ];
  return (
    <span className={`connection is-${state}`} role="status">
      <span className="dot" aria-hidden />
      {words}
    </span>
  );
}

/** Says that what is shown is old, since when, and lets the reader try again at once. */
export function ConnectionLostNotice(): ReactNode {
  const connection = useConnection();
  if (connection.state !== 'lost') return undefined;
  return (
    <div className="notice bad row spread" role="alert">
      <span>
        The connection was lost at {formatClock(connection.sinceMs)}: {connection.reason}. What is shown is
        from before; it is tried again.
      </span>
      <button type="button" onClick={() => live.retryNow()}>
        Try now
      </button>
    </div>
  );
}
