import type { ReactNode } from 'react';

/** How to use a chart, for the device at hand. */
export function ChartHint({ children }: { readonly children?: ReactNode }): ReactNode {
  return (
    <p className="muted chart-hint">
      {children}{' '}
      <span className="for-mouse">
        Drag to zoom in; click the chart, then turn the wheel. A double click shows the range from before.
      </span>
      <span className="for-touch">
        Pinch to zoom, move with two fingers, tap for values. A double tap shows the range from before.
      </span>
    </p>
  );
}
