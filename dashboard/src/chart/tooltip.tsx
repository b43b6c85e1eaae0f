import { type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react';

import { formatAlike } from '../common/format-alike.js';
import { formatTime } from '../common/format.js';
import { MiddleCut } from '../common/middle-cut.js';
import type { ChartLine, ChartPoint, ChartRange } from './chart-data.js';
import { type ChartCursor, useCursor } from './cursor.js';
import type { EpisodeBar } from './episodes.js';
import { LineSample } from './line-sample.js';
import { pointAt } from './point-at.js';
import { visibleStep } from './visible-step.js';

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
  readonly range: ChartRange;
  /** The chart, which the tooltip does not leave. */
  readonly frame: RefObject<HTMLElement | null>;
}

/** The time, the values and the episodes at the cursor. */
export function Tooltip({ cursor, lines, barsNow, range, frame }: TooltipProps): ReactNode {
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
      {lines.map((line, index) => {
        const point = points[index];
        return (
          <p key={line.name} className="chart-tooltip-line">
            {lines.length > 1 && (
              <>
                <LineSample index={index} count={lines.length} />
                <span className="chart-tooltip-name">
                  <MiddleCut text={line.name} />
                </span>
              </>
            )}
            {point ? (
              <Values point={point} step={visibleStep(line, range)} />
            ) : (
              <span className="muted">no reading</span>
            )}
          </p>
        );
      })}
      {bar && <Episodes bar={bar} />}
    </div>
  );
}

/** The mean, and from min to max where they differ. @param step the difference between values that the chart shows */
function Values({ point: { mean, min, max }, step }: { point: ChartPoint; step: number }): ReactNode {
  const [meanText, minText, maxText] = formatAlike([mean, min, max], step);
  return (
    <>
      <strong>{meanText}</strong>
      {max > min && (
        <span className="muted">
          {minText} to {maxText}
        </span>
      )}
    </>
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
