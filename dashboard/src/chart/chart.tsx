import 'uplot/dist/uPlot.min.css';
import './chart.css';

import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

import { useShownTheme } from '../common/theme.js';
import { Announcement } from './announcement.js';
import type { ChartEpisode, ChartLine, ChartRange, ChartThreshold } from './chart-data.js';
import { ChartCursor } from './cursor.js';
import { Zooming } from './gestures.js';
import { followKeys } from './keys.js';
import { followMouse } from './mouse.js';
import { Plot, type PlotContent } from './plot.js';
import { ThresholdLegend } from './threshold-legend.js';
import type { Outside } from './thresholds.js';
import { Tooltip } from './tooltip.js';
import { followTouches } from './touch.js';

export interface ChartProps {
  /** Up to eight lines, each with a name of its own. A single line has a band from min to max. */
  readonly lines: readonly ChartLine[];
  readonly range: ChartRange;
  /** Bars under the plot, and shades behind the values. Without them, there is no room for bars. */
  readonly episodes?: readonly ChartEpisode[];
  readonly thresholds?: readonly ChartThreshold[];
  /** Draws each line from its own smallest to its own largest value. */
  readonly hasOwnScales?: boolean;
  /** Called when the user has zoomed or moved, once for each gesture. */
  readonly onZoom?: (fromMs: number, toMs: number) => void;
  /** Called for a double click, a double tap or Escape. */
  readonly onReset?: () => void;
  /** For others that show what is under the cursor. */
  readonly cursor?: ChartCursor;
  /** A low chart beside others. */
  readonly isSmall?: boolean;
  /** A description of the chart for screen readers. */
  readonly label: string;
}

const NONE: readonly ChartThreshold[] = [];

/** Draws values over time with episodes. The page shows the same in words beside it. */
export function Chart(props: ChartProps): ReactNode {
  const { lines, episodes, thresholds = NONE, hasOwnScales = false, label } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(undefined);
  const isGesture = useRef(false);
  const current = useRef(props);
  const [ownCursor] = useState(() => new ChartCursor());
  const cursor = props.cursor ?? ownCursor;
  const [isFocused, setFocused] = useState(false);
  const [places, setPlaces] = useState<readonly (Outside | undefined)[]>([]);
  const theme = useShownTheme();
  const hintId = useId();
  const count = lines.length;
  const hasLane = episodes !== undefined;

  // Before the plot, which may need a new one for these props.
  useEffect(() => {
    current.current = props;
  }, [props]);

  useEffect(() => {
    const [outer, inner] = [frame.current, canvas.current];
    if (!outer || !inner) return;
    const onZoom = ({ fromMs, toMs }: ChartRange): void => current.current.onZoom?.(fromMs, toMs);
    const created = new Plot(inner, contentOf(current.current), cursor, onZoom, setPlaces);
    const zooming = new Zooming({
      plot: created,
      onZoom,
      onReset: () => current.current.onReset?.(),
      onActive: (isActive) => {
        isGesture.current = isActive;
      },
    });
    const stops = [
      followTouches(outer, zooming),
      followMouse(outer, zooming),
      followKeys(outer, zooming, cursor),
    ];
    plot.current = created;
    return () => {
      zooming.cancel();
      for (const stop of stops) stop();
      created.destroy();
      plot.current = undefined;
    };
    // Colours and the number of lines are read when the plot is created.
  }, [theme, count, hasOwnScales, hasLane, cursor]);

  useEffect(() => {
    const shown = plot.current;
    // A live range moves on each second, but not under the user's fingers.
    shown?.update(contentOf(props), isGesture.current ? shown.range : props.range);
  }, [props]);

  const points = lines.reduce(
    (sum, { series }) => sum + series.timesS.length + (series.unfinished ? 1 : 0),
    0,
  );
  return (
    <figure className="chart">
      <div
        ref={frame}
        className={props.isSmall ? 'chart-frame is-small' : 'chart-frame'}
        role="application"
        aria-roledescription="chart"
        aria-label={lines.map(({ name }) => name).join(', ')}
        aria-describedby={hintId}
        tabIndex={0}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
      >
        <div
          ref={canvas}
          className="chart-canvas"
          role="img"
          aria-label={label}
          data-points={points}
          data-unfinished={lines.filter(({ series }) => series.unfinished).length}
        />
        <Tooltip
          cursor={cursor}
          lines={lines}
          barsNow={() => plot.current?.bars ?? []}
          range={props.range}
          frame={frame}
        />
      </div>
      <p id={hintId} className="hidden">
        Arrow keys move the cursor, plus and minus zoom, Escape resets.
      </p>
      {isFocused && <Announcement cursor={cursor} lines={lines} range={props.range} />}
      <ThresholdLegend thresholds={thresholds} places={places} />
    </figure>
  );
}

function contentOf({
  lines,
  range,
  episodes,
  thresholds = NONE,
  hasOwnScales = false,
}: ChartProps): PlotContent {
  return { lines, range, episodes, thresholds, hasOwnScales };
}
