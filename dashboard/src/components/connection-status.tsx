import type { ReactNode } from 'react';

import { formatClock } from '../common/format.js';
import { live } from '../live/live.js';
import { useConnection } from '../live/use-live.js';

/** Whether the page receives live data. */
export function ConnectionStatus(): ReactNode {
  const { state } = useConnection();
  const label = { connecting: 'connecting', live: 'live', lost: 'connection lost', refused: 'not signed in' }[
    state
  ];
  return (
    <span className={`connection is-${state}`} role="status">
      <span className="dot" aria-hidden />
      {label}
    </span>
  );
}

/** Says since when the data on the page are old, and lets the user retry at once. */
export function ConnectionLostNotice(): ReactNode {
  const connection = useConnection();
  if (connection.state !== 'lost') return undefined;
  return (
    <div className="notice bad row spread" role="alert">
      <span>
        The connection was lost at {formatClock(connection.sinceMs)}: {connection.reason}. The page shows data
        from before that, and reconnects by itself.
      </span>
      <button type="button" onClick={() => live.retryNow()}>
        Retry now
      </button>
    </div>
  );
}
