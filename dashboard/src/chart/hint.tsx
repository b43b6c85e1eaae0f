import type { ReactNode } from 'react';

import { TIME_ZONE } from '../common/format.js';

/** How to use a chart, for the device at hand, and the time zone of its times. */
export function ChartHint({ children }: { readonly children?: ReactNode }): ReactNode {
  return (
    <p className="muted chart-hint">
      {children}{' '}
      <span className="for-mouse">
        Drag to zoom in; click the chart, then turn the wheel. A double click shows the range from before.
      </span>
      <span className="for-touch">
        Pinch to zoom, move with two fingers, tap for values. A double tap shows the range from before.
      </span>{' '}
      Times in {TIME_ZONE}.
    </p>
  );
}
