import type { ReactNode } from 'react';

import { dashesOf, lineColourName } from './line-style.js';

/** A piece of a line of the chart, for a legend. */
export function LineSample({ index, count }: { index: number; count: number }): ReactNode {
  return (
    <svg className="chart-line-sample" viewBox="0 0 24 8" aria-hidden>
      <path
        d="M1 4h22"
        stroke={`var(${lineColourName(index, count)})`}
        strokeDasharray={dashesOf(index).join(' ') || undefined}
      />
    </svg>
  );
}
