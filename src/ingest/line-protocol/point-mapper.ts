import type { Submitted } from '../record-refusal.js';
import type { Point } from './point.js';

/** Decides which readings a point of line protocol stands for. */
export interface PointMapper {
  /** @returns its readings, or why it is refused; nothing when the point is ignored */
  toReadings(point: Point): readonly Submitted[];
}
