import { MAX_LINES } from '../chart/line-style.js';
import { linkTo, navigate } from '../common/location.js';
import { parametersOf, type TimeRange } from '../history/time-range.js';

/** What the view compares; all of it is in the URL. */
export interface Comparison {
  readonly sensorIds: readonly string[];
  readonly timeRange: TimeRange;
  /** Whether each line has a scale of its own. */
  readonly hasOwnScales: boolean;
}

/** The sensors that the URL names: each once, and no more than the chart has colours. */
export function sensorIdsOf(query: URLSearchParams): readonly string[] {
  return [...new Set(query.getAll('sensor').filter(Boolean))].slice(0, MAX_LINES);
}

export function show(comparison: Comparison): void {
  navigate(['compare'], parametersFor(comparison));
}

export function linkFor(comparison: Comparison): string {
  return linkTo(['compare'], parametersFor(comparison));
}

function parametersFor({ sensorIds, timeRange, hasOwnScales }: Comparison) {
  return {
    sensor: sensorIds,
    ...parametersOf(timeRange),
    scales: hasOwnScales ? 'own' : undefined,
  };
}
