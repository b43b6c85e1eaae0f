import type { ReactNode } from 'react';

import { formatValue } from '../common/format.js';
import type { ChartThreshold } from './chart-data.js';

/** What the dashed lines are, in words that wrap. */
export function ThresholdLegend({ thresholds }: { thresholds: readonly ChartThreshold[] }): ReactNode {
  if (thresholds.length === 0) return undefined;
  return (
    <ul className="chart-thresholds" aria-label="Thresholds">
      {thresholds.map(({ value, label }) => (
        <li key={`${label} ${value}`}>
          <svg viewBox="0 0 22 8" aria-hidden>
            <path d="M0 4h22" />
          </svg>
          <span>
            {label}: <span className="number">{formatValue(value)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
