import { type ReactNode, useId } from 'react';

import { GAP_MS, WINDOW_MS } from './samples.js';

const MINUTE_MS = 60_000;
/** Windows to choose from, so that a few data also fill the chart. */
const WINDOWS_MS = [MINUTE_MS, 2 * MINUTE_MS, WINDOW_MS];

/** Values over time; undefined is a gap. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [timeMs: number, value: number | undefined])[];
}

interface RollingChartProps {
  readonly title: string;
  /** The first is drawn thick with a filled area, the second thin and dashed. */
  readonly lines: readonly Line[];
  readonly nowMs: number;
  readonly format: (value: number) => string;
  /** Smallest end of the axis, so that noise around 0 stays flat. */
  readonly atLeast: number;
  /** Shown while there are no values. */
  readonly empty?: string;
  /** Explains the chart. */
  readonly hint: string;
}

const WIDTH = 300;
const HEIGHT = 100;

/** A chart of the last minutes. Its heading shows the current values as text. */
export function RollingChart(props: RollingChartProps): ReactNode {
  const { title, lines, nowMs, format, atLeast, hint } = props;
  const id = useId();
  const seen = lines.flatMap(({ points }) => points.map(([, value]) => value ?? 0));
  const top = roundUp(Math.max(atLeast, ...seen));
  const windowMs = windowFor(lines, nowMs);
  const hasPoints = lines.some(({ points }) => points.some(([, value]) => value !== undefined));
  const current = lines.map((line) => `${line.name} ${lastOf(line, format)}`).join(', ');
  return (
    <figure className="card padded rolling-chart" aria-labelledby={id}>
      <figcaption className="rolling-chart-head">
        <h2 id={id}>{title}</h2>
        <dl>
          {lines.map((line, index) => (
            <div key={line.name}>
              <dt>
                <LineSample index={index} /> {line.name}
              </dt>
              <dd className="number">{lastOf(line, format)}</dd>
            </div>
          ))}
        </dl>
      </figcaption>
      <div className="rolling-chart-plot">
        <div className="rolling-chart-values number" aria-hidden>
          {[top, top / 2, 0].map((value) => (
            <span key={value}>{format(value)}</span>
          ))}
        </div>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}, the last minutes; now: ${current}`}
        >
          {[0, HEIGHT / 2, HEIGHT].map((y) => (
            <path key={y} className="rolling-chart-grid" d={`M0 ${y}H${WIDTH}`} />
          ))}
          {lines.map((line, index) => (
            <g key={line.name} className={`line-${index}`}>
              {index === 0 && <path className="ground" d={pathOf(line, { nowMs, windowMs, top }, true)} />}
              <path className="stroke" d={pathOf(line, { nowMs, windowMs, top }, false)} />
            </g>
          ))}
        </svg>
        {!hasPoints && <p className="rolling-chart-empty muted">{props.empty ?? 'Waiting for data …'}</p>}
        <div className="rolling-chart-times" aria-hidden>
          <span>{windowMs / MINUTE_MS} min ago</span>
          <span>now</span>
        </div>
      </div>
      <p className="muted rolling-chart-hint">{hint}</p>
    </figure>
  );
}

function LineSample({ index }: { index: number }): ReactNode {
  return (
    <svg className={`line-sample line-${index}`} viewBox="0 0 18 8" aria-hidden>
      <path className="stroke" d="M0 4H18" />
    </svg>
  );
}

function lastOf({ points }: Line, format: (value: number) => string): string {
  const value = points.at(-1)?.[1];
  return value === undefined ? '–' : format(value);
}

interface Scale {
  readonly nowMs: number;
  readonly windowMs: number;
  readonly top: number;
}

function windowFor(lines: readonly Line[], nowMs: number): number {
  const firstMs = Math.min(nowMs, ...lines.map(({ points }) => points[0]?.[0] ?? nowMs));
  return WINDOWS_MS.find((windowMs) => nowMs - firstMs <= windowMs) ?? WINDOW_MS;
}

/** @param isArea whether the path encloses the area below the line */
function pathOf({ points }: Line, { nowMs, windowMs, top }: Scale, isArea: boolean): string {
  let path = '';
  let before: { readonly timeMs: number; readonly x: string } | undefined;
  const end = (): void => {
    if (before && isArea) path += `L${before.x} ${HEIGHT}Z`;
    before = undefined;
  };
  for (const [timeMs, value] of points) {
    if (value === undefined || (before && timeMs - before.timeMs > GAP_MS)) end();
    if (value === undefined) continue;
    const x = (WIDTH * (1 - (nowMs - timeMs) / windowMs)).toFixed(2);
    const y = (HEIGHT * (1 - Math.min(1, value / top))).toFixed(2);
    if (before) path += `L${x} ${y}`;
    else path += isArea ? `M${x} ${HEIGHT}L${x} ${y}` : `M${x} ${y}h.1`;
    before = { timeMs, x };
  }
  end();
  return path;
}

/** Rounds up to 1, 2 or 5 times a power of ten, for the end of the axis. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((step) => step * power >= value * 0.999) ?? 10) * power;
}
