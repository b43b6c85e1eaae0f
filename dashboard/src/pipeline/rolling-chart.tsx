import { type ReactNode, useId } from 'react';

import { GAP_MS, WINDOW_MS } from './samples.js';

const MINUTE_MS = 60_000;
/** What has been seen for a short time only fills the chart all the same. */
const WINDOWS_MS = [MINUTE_MS, 2 * MINUTE_MS, WINDOW_MS];

/** Values at moments; undefined is a gap. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [timeMs: number, value: number | undefined])[];
}

interface RollingChartProps {
  readonly title: string;
  /** The first is drawn thick on a ground, the second thin and dashed. */
  readonly lines: readonly Line[];
  readonly nowMs: number;
  readonly format: (value: number) => string;
  /** The axis reaches at least so far, so that noise around 0 looks like none. */
  readonly atLeast: number;
  /** Shown in place of the lines. */
  readonly empty?: string;
  /** What may be in the way of understanding it. */
  readonly hint: string;
}

const WIDTH = 300;
const HEIGHT = 100;

/** The last minutes of something, as it moves. What it is now stands beside it in words. */
export function RollingChart(props: RollingChartProps): ReactNode {
  const { title, lines, nowMs, format, atLeast, hint } = props;
  const id = useId();
  const seen = lines.flatMap(({ points }) => points.map(([, value]) => value ?? 0));
  const top = roundUp(Math.max(atLeast, ...seen));
  const windowMs = windowFor(lines, nowMs);
  const hasPoints = lines.some(({ points }) => points.some(([, value]) => value !== undefined));
  const said = lines.map((line) => `${line.name} ${lastOf(line, format)}`).join(', ');
  return (
    <figure className="card padded moving-chart" aria-labelledby={id}>
      <figcaption className="moving-chart-head">
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
      <div className="moving-chart-plot">
        <div className="moving-chart-values number" aria-hidden>
          {[top, top / 2, 0].map((value) => (
            <span key={value}>{format(value)}</span>
          ))}
        </div>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}, the last minutes; now: ${said}`}
        >
          {[0, HEIGHT / 2, HEIGHT].map((y) => (
            <path key={y} className="moving-chart-grid" d={`M0 ${y}H${WIDTH}`} />
          ))}
          {lines.map((line, index) => (
            <g key={line.name} className={`line-${index}`}>
              {index === 0 && <path className="ground" d={pathOf(line, { nowMs, windowMs, top }, true)} />}
              <path className="stroke" d={pathOf(line, { nowMs, windowMs, top }, false)} />
            </g>
          ))}
        </svg>
        {!hasPoints && <p className="moving-chart-empty muted">{props.empty ?? 'Waiting for figures …'}</p>}
        <div className="moving-chart-times" aria-hidden>
          <span>{windowMs / MINUTE_MS} min ago</span>
          <span>now</span>
        </div>
      </div>
      <p className="muted moving-chart-hint">{hint}</p>
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

/** @param isGround whether the path encloses what is below the line */
function pathOf({ points }: Line, { nowMs, windowMs, top }: Scale, isGround: boolean): string {
  let path = '';
  let before: { readonly timeMs: number; readonly x: string } | undefined;
  const end = (): void => {
    if (before && isGround) path += `L${before.x} ${HEIGHT}Z`;
    before = undefined;
  };
  for (const [timeMs, value] of points) {
    if (value === undefined || (before && timeMs - before.timeMs > GAP_MS)) end();
    if (value === undefined) continue;
    const x = (WIDTH * (1 - (nowMs - timeMs) / windowMs)).toFixed(2);
    const y = (HEIGHT * (1 - Math.min(1, value / top))).toFixed(2);
    if (before) path += `L${x} ${y}`;
    else path += isGround ? `M${x} ${HEIGHT}L${x} ${y}` : `M${x} ${y}h.1`;
    before = { timeMs, x };
  }
  end();
  return path;
}

/** 1, 2 or 5 and zeros: what an axis ends at. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((step) => step * power >= value * 0.999) ?? 10) * power;
}
