import { type ReactNode, useEffect, useState } from 'react';

import { keepLoading } from './keep-loading.js';
import type { PartNotLoaded } from './lazy-part.js';
import { View } from './view.js';

interface NotLoadedProps {
  readonly error: PartNotLoaded;
  /** Whether it is only a part of a view, for which the page does not reload itself. */
  readonly isPart: boolean;
  readonly onLoaded: () => void;
}

/** In place of a part of the page whose code could not be loaded: goes on trying, and says so. */
export function NotLoaded({ error, isPart, onLoaded }: NotLoadedProps): ReactNode {
  const [hasFailed, setFailed] = useState(false);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    const onFailure = (): void => setFailed(true);
    const options = { isAsked: asked > 0, mayReload: !isPart, stopped: ended.signal, onFailure };
    void keepLoading(error, options).then((isLoaded) => {
      if (isLoaded && !ended.signal.aborted) onLoaded();
    });
    return () => ended.abort();
  }, [asked, error, isPart, onLoaded]);
  const notice = hasFailed ? (
    <div className="notice bad stack" role="alert">
      <p>This view could not be loaded, although the gateway answers. The page goes on trying.</p>
      <div className="row">
        <button type="button" onClick={() => setAsked(asked + 1)}>
          Try now
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
