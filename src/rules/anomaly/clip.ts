/** Huber's ψ: the value itself within ±limit, and ±limit beyond, so that no single reading pulls harder than that. */
export function clip(value: number, limit: number): number {
  return value > limit ? limit : value < -limit ? -limit : value;
}
