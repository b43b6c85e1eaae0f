import { type ReactNode, useEffect, useState } from 'react';

import { reloadOnce } from '../common/reload-once.js';
import { waitForGateway } from '../live/wait-for-gateway.js';
import { View } from './view.js';

interface NotLoadedProps {
  /** How often the same code could not be loaded, in a row. */
  readonly failures: number;
  /** Whether it is only a part of a view, for which the page does not reload itself. */
  readonly isPart: boolean;
  readonly retry: () => void;
}

/**
 * In place of a part of the page whose code could not be loaded: loads it as soon as the gateway answers. If that fails,
 * the file no longer exists, because the gateway was updated: reloads the page. If that did not help, leaves it to the user.
 */
export function NotLoaded({ failures, isPart, retry }: NotLoadedProps): ReactNode {
  const [isLeftToUser, setLeftToUser] = useState(false);
  useEffect(() => {
    const unmounted = new AbortController();
    void waitForGateway(unmounted.signal).then(() => {
      if (unmounted.signal.aborted) return;
      if (failures === 1) retry();
      else if (isPart || !reloadOnce()) setLeftToUser(true);
    });
    return () => unmounted.abort();
  }, [failures, isPart, retry]);
  const notice = isLeftToUser ? (
    <div className="notice bad stack" role="alert">
      <p>This view could not be loaded, although the gateway answers.</p>
      <div className="row">
        <button type="button" onClick={retry}>
          Try again
        </button>
        <button type="button" onClick={() => location.reload()}>
          Reload the page
        </button>
      </div>
    </div>
  ) : (
    <p className="notice" role="status">
      This view could not be loaded yet; it opens as soon as the gateway answers.
    </p>
  );
  return isPart ? notice : <View title="Not loaded">{notice}</View>;
}
