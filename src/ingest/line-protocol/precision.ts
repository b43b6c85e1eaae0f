/** The units that a write may name for its timestamps. */
export const PRECISIONS = ['ns', 'us', 'ms', 's'] as const;
export type Precision = (typeof PRECISIONS)[number];

export function isPrecision(value: unknown): value is Precision {
  return PRECISIONS.some((precision) => precision === value);
}
