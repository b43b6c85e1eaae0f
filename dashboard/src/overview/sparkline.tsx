import { memo, type ReactNode } from 'react';

import { SPARKLINE_MINUTES, type SparklinePoint } from '../live/sparklines.js';

const WIDTH = 240;
const HEIGHT = 36;
const PAD = 3;

/** The last hour as a line, with a mean per minute; a gap where there is no reading for more than 5 minutes. */
export const Sparkline = memo(function Sparkline({
  points,
  endMinute,
}: {
  points: readonly SparklinePoint[] | undefined;
  endMinute: number;
}): ReactNode {
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
      {points && points.length > 0 && (
        <path d={lineThrough(points, endMinute)} vectorEffect="non-scaling-stroke" />
      )}
    </svg>
  );
});

function lineThrough(points: readonly SparklinePoint[], endMinute: number): string {
  let min = Infinity;
  let max = -Infinity;
  for (const { mean } of points) {
    min = Math.min(min, mean);
    max = Math.max(max, mean);
  }
  const scale = max > min ? (HEIGHT - 2 * PAD) / (max - min) : 0;
  let before = -Infinity;
  let path = '';
  for (const { minute, mean } of points) {
    const x = WIDTH * (1 - (endMinute - minute) / SPARKLINE_MINUTES);
    const y = scale === 0 ? HEIGHT / 2 : HEIGHT - PAD - (mean - min) * scale;
    const isAfterGap = minute - before > 5;
    path += `${isAfterGap ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    // A dot, so that a single point is visible.
    if (isAfterGap) path += 'h.1';
    before = minute;
  }
  return path;
}
