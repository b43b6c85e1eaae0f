/** Huber's ψ: the value itself within ±limit, and ±limit beyond, so that the effect of a single reading is limited. */
export function clip(value: number, limit: number): number {
  return value > limit ? limit : value < -limit ? -limit : value;
}
