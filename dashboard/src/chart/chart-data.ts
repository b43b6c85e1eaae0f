import type { EventType } from '../api/schemas.js';

/** What a bucket holds: its mean in a band from min to max. */
export interface ChartPoint {
  /** Seconds since the Unix epoch. */
  readonly timeS: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** Values over time: a line of means in a band from min to max. Arrays of equal length; null is a gap. */
export interface ChartSeries {
  /** Seconds since the Unix epoch, ascending. */
  readonly timesS: number[];
  readonly mean: (number | null)[];
  readonly min: (number | null)[];
  readonly max: (number | null)[];
  /** The last bucket, when more readings may still come into it. It is not part of the line. */
  readonly unfinished?: ChartPoint | undefined;
}

/** A series with its name. */
export interface ChartLine {
  readonly name: string;
  readonly series: ChartSeries;
}

/** Milliseconds since the Unix epoch. */
export interface ChartRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a period is: the type of an event, or that a silent rule reported it. */
export type SpanType = EventType | 'silent';

/** A period with a state, such as critical. */
export interface ChartSpan extends ChartRange {
  readonly type: SpanType;
}

/** A span and what caused it, such as the name of a rule. */
export interface ChartEpisode extends ChartSpan {
  readonly label: string;
}

/** A limit for values, drawn as a line. */
export interface ChartThreshold {
  readonly value: number;
  readonly label: string;
}
