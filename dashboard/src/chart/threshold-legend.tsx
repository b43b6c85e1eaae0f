import type { ReactNode } from 'react';

import { formatValue } from '../common/format.js';
import type { ChartThreshold } from './chart-data.js';
import type { Outside } from './thresholds.js';

interface ThresholdLegendProps {
  readonly thresholds: readonly ChartThreshold[];
  /** Where each is; undefined for one that the chart shows. */
  readonly places: readonly (Outside | undefined)[];
}

/** What the dashed lines are, in words that wrap, and which are outside of the chart. */
export function ThresholdLegend({ thresholds, places }: ThresholdLegendProps): ReactNode {
  if (thresholds.length === 0) return undefined;
  return (
    <ul className="chart-thresholds" aria-label="Thresholds">
      {thresholds.map(({ value, label }, index) => (
        <li key={`${label} ${value}`}>
          <svg viewBox="0 0 22 8" aria-hidden>
            <path d="M0 4h22" />
          </svg>
          <span>
            {label}: <span className="number">{formatValue(value)}</span>
            {places[index] && ` (outside, ${places[index]})`}
          </span>
        </li>
      ))}
    </ul>
  );
}
