/** The units that a request may name for timestamps that are numbers. */
export const PRECISIONS = ['ns', 'us', 'ms', 's'] as const;
export type TimeUnit = (typeof PRECISIONS)[number];
/** Minutes and hours are units of InfluxDB 1 alone. */
export type Precision = TimeUnit | 'm' | 'h';

export const US_PER_UNIT: Readonly<Record<Precision, number>> = {
  ns: 1e-3,
  us: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3_600e6,
};

export const UNIT_NAMES: Readonly<Record<Precision, string>> = {
  ns: 'nanoseconds',
  us: 'microseconds',
  ms: 'milliseconds',
  s: 'seconds',
  m: 'minutes',
  h: 'hours',
};
