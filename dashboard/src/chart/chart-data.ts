import type { EventType } from '../api/client.js';

/** Values over time: a line of means in a band from min to max. Arrays of equal length; null is a gap. */
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

/** The moment of an event. */
export interface ChartMark {
  readonly timeMs: number;
  readonly type: EventType;
  readonly label: string;
}

/** A period with a state, such as critical. */
export interface ChartSpan extends ChartRange {
  readonly type: EventType;
}

/** A limit for values, drawn as a line. */
export interface ChartThreshold {
  readonly value: number;
  readonly label: string;
}
