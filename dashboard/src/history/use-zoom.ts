import { useRef } from 'react';

import type { ChartRange } from '../chart/chart-data.js';
import type { TimeRange } from './time-range.js';

/** Shows other ranges, and knows which one was there before the first zoom. */
export interface Zoom {
  /** Shows a part of the current range, or what is around it. */
  readonly zoomTo: (range: ChartRange) => void;
  /** Goes back to the range from before the first zoom. */
  readonly reset: () => void;
  /** Shows a range that the user has chosen: nothing leads back from there. */
  readonly choose: (timeRange: TimeRange) => void;
}

/** @param show puts a range into the URL */
export function useZoom(timeRange: TimeRange, show: (timeRange: TimeRange) => void): Zoom {
  const before = useRef<TimeRange>(undefined);
  return {
    zoomTo: (range) => {
      before.current ??= timeRange;
      show({ kind: 'fixed', fromMs: range.fromMs, toMs: range.toMs });
    },
    reset: () => {
      if (before.current) show(before.current);
      before.current = undefined;
    },
    choose: (chosen) => {
      before.current = undefined;
      show(chosen);
    },
  };
}
