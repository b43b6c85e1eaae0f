import { memo, type ReactNode } from 'react';

import { formatAlike } from '../common/format-alike.js';
import { SPARKLINE_MINUTES, type SparklinePoint } from '../live/sparklines.js';

const WIDTH = 240;
const HEIGHT = 36;
const PAD = 3;
/** A longer time without a reading is a gap in the line. */
const GAP_MINUTES = 5;

interface SparklineProps {
  /** undefined while they are loaded. */
  readonly points: readonly SparklinePoint[] | undefined;
  readonly endMinute: number;
}

/**
 * The last hour: the mean of each minute as a line, from its smallest to its largest value as a band. The minute that has
 * not ended is a point of its own: its mean still changes, so a line to it would look like a jump.
 */
export const Sparkline = memo(function Sparkline({ points, endMinute }: SparklineProps): ReactNode {
  const shown = points?.filter(({ minute }) => minute > endMinute - SPARKLINE_MINUTES) ?? [];
  if (points && shown.length === 0)
    return <span className="sparkline-box sparkline-empty muted">nothing in the last hour</span>;
  const scale = scaleOf(shown);
  const open = shown.find(({ minute }) => minute === endMinute);
  const [least, most] = formatAlike([scale.min, scale.max]);
  return (
    <span className="sparkline-box">
      <svg
        className="sparkline"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="presentation"
      >
        {shown.length > 0 && (
          <>
            <path className="sparkline-band" d={bandOf(shown, endMinute, scale)} />
            <path
              className="sparkline-line"
              d={lineThrough(shown, endMinute, scale)}
              vectorEffect="non-scaling-stroke"
            />
            {open && (
              <path
                className="sparkline-point"
                d={`M${x(endMinute, endMinute)} ${y(open.mean, scale)}h.1`}
                vectorEffect="non-scaling-stroke"
              />
            )}
          </>
        )}
      </svg>
      <span className="sparkline-labels muted number">
        {shown.length > 0 && (
          <>
            <span className="sparkline-extremes">
              min {least} · max {most}
            </span>
            <span>now</span>
          </>
        )}
      </span>
    </span>
  );
});

interface Scale {
  readonly min: number;
  readonly max: number;
}

function scaleOf(points: readonly SparklinePoint[]): Scale {
  let min = Infinity;
  let max = -Infinity;
  for (const point of points) {
    min = Math.min(min, point.min);
    max = Math.max(max, point.max);
  }
  return { min, max };
}

function x(minute: number, endMinute: number): string {
  return (WIDTH * (1 - (endMinute - minute) / SPARKLINE_MINUTES)).toFixed(1);
}

function y(value: number, { min, max }: Scale): string {
  if (max === min) return (HEIGHT / 2).toFixed(1);
  // Halves first: the distance of two finite numbers may be infinite.
  const share = (value / 2 - min / 2) / (max / 2 - min / 2);
  return (HEIGHT - PAD - share * (HEIGHT - 2 * PAD)).toFixed(1);
}

/** The ended minutes as a line with gaps, and the others as points. */
function lineThrough(points: readonly SparklinePoint[], endMinute: number, scale: Scale): string {
  let before = -Infinity;
  let path = '';
  for (const { minute, mean } of points) {
    const isApart = minute >= endMinute || minute - before > GAP_MINUTES;
    path += `${isApart ? 'M' : 'L'}${x(minute, endMinute)} ${y(mean, scale)}`;
    // A dot, so that a single point is visible.
    if (isApart) path += 'h.1';
    before = minute;
  }
  return path;
}

/** One closed shape for each time without a gap, and a bar for a minute that has not ended. */
function bandOf(points: readonly SparklinePoint[], endMinute: number, scale: Scale): string {
  let path = '';
  let before = -Infinity;
  let back = '';
  for (const { minute, min, max } of points) {
    const at = x(minute, endMinute);
    if (minute >= endMinute) {
      path += `${back && `${back}Z`}M${at} ${y(max, scale)}h2V${y(min, scale)}h-2Z`;
      back = '';
      continue;
    }
    const isAfterGap = minute - before > GAP_MINUTES;
    if (isAfterGap && back) path += `${back}Z`;
    if (isAfterGap) back = '';
    path += `${isAfterGap ? 'M' : 'L'}${at} ${y(max, scale)}`;
    back = `L${at} ${y(min, scale)}${back}`;
    before = minute;
  }
  return back ? `${path}${back}Z` : path;
}
