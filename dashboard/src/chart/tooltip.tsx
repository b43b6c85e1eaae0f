import { type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react';

import { formatStep, formatTime } from '../common/format.js';
import type { ChartLine } from './chart-data.js';
import { type ChartCursor, useCursor } from './cursor.js';
import type { EpisodeBar } from './episodes.js';
import { LineSample } from './line-sample.js';
import { pointAt } from './point-at.js';

/** The distance from the pointer. */
const GAP_PX = 14;
/** An episode is under the cursor within this distance: bars are narrow. */
const NEAR_PX = 3;
const MAX_EPISODES = 3;

interface TooltipProps {
  readonly cursor: ChartCursor;
  readonly lines: readonly ChartLine[];
  /** The bars of episodes in view. */
  readonly barsNow: () => readonly EpisodeBar[];
  /** The difference between values that the reader can see. */
  readonly step: number;
  /** The chart, which the tooltip does not leave. */
  readonly frame: RefObject<HTMLElement | null>;
}

/** The time, the values and the episodes at the cursor. */
export function Tooltip({ cursor, lines, barsNow, step, frame }: TooltipProps): ReactNode {
  const place = useCursor(cursor);
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const [element, around] = [box.current, frame.current];
    if (!element || !around || !place) return;
    const { offsetWidth: width, offsetHeight: height } = element;
    const right = place.leftPx + GAP_PX;
    const left = right + width <= around.clientWidth ? right : Math.max(0, place.leftPx - GAP_PX - width);
    const top = Math.max(0, Math.min(place.topPx - height / 2, around.clientHeight - height));
    element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  });
  if (!place) return undefined;
  const bar = barsNow().find(
    ({ leftPx, rightPx }) => place.plotPx >= leftPx - NEAR_PX && place.plotPx <= rightPx + NEAR_PX,
  );
  const points = lines.map(({ series }) => pointAt(series, place.timeMs));
  const timeMs = (points.find((point) => point !== undefined)?.timeS ?? place.timeMs / 1000) * 1000;
  return (
    <div ref={box} className="chart-tooltip number" aria-hidden>
      <p className="muted">{formatTime(lines.length === 1 ? timeMs : place.timeMs)}</p>
      {lines.map(({ name }, index) => {
        const point = points[index];
        return (
          <p key={name} className="chart-tooltip-line">
            {lines.length > 1 && (
              <>
                <LineSample index={index} count={lines.length} />
                <span className="chart-tooltip-name">{name}</span>
              </>
            )}
            {point ? (
              <strong>{formatStep(point.mean, step)}</strong>
            ) : (
              <span className="muted">no reading</span>
            )}
            {point && point.max > point.min && (
              <span className="muted">
                {formatStep(point.min, step)} to {formatStep(point.max, step)}
              </span>
            )}
          </p>
        );
      })}
      {bar && <Episodes bar={bar} />}
    </div>
  );
}

function Episodes({ bar: { episodes } }: { bar: EpisodeBar }): ReactNode {
  return (
    <>
      {episodes.length > 1 && <p>{episodes.length} episodes here</p>}
      {episodes.slice(0, MAX_EPISODES).map(({ type, label, fromMs, toMs }) => (
        <p key={`${fromMs} ${toMs} ${label}`} className={`is-${type} chart-tooltip-episode`}>
          {type}: {label}, {formatTime(fromMs)} to {formatTime(toMs)}
        </p>
      ))}
      {episodes.length > MAX_EPISODES && <p className="muted">and {episodes.length - MAX_EPISODES} more</p>}
    </>
  );
}
