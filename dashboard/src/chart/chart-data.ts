import type { EventType } from '../api/client.js';

/** Values over time: a mean line in a band from min to max. Equally long; null is a gap. */
export interface ChartSeries {
  /** Seconds since the Unix epoch, ascending. */
  readonly timesS: number[];
  readonly mean: (number | null)[];
  readonly min: (number | null)[];
  readonly max: (number | null)[];
}

/** Milliseconds since the Unix epoch. */
export interface ChartRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A moment at which something was said. */
export interface ChartMark {
  readonly timeMs: number;
  readonly type: EventType;
  readonly label: string;
}

/** A time during which something stood. */
export interface ChartSpan extends ChartRange {
  readonly type: EventType;
}

/** A value that must not be crossed. */
export interface ChartThreshold {
  readonly value: number;
  readonly label: string;
}
