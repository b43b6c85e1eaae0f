import type uPlot from 'uplot';

import type { ChartEpisode, ChartSpan, SpanType } from './chart-data.js';
import { clipped, type Colour } from './drawing.js';

/** Room for the bars of episodes between the plot and the labels of its time axis. */
export const LANE_PX = 14;
const LANE_TOP_PX = 4;
const MIN_BAR_PX = 3;
/** Bars closer than this are joined. */
const GAP_PX = 1;
/** A lower bar for what is less than critical, so that not only the colour differs. */
const HEIGHTS_PX: Readonly<Record<SpanType, number>> = { critical: 8, anomaly: 5, silent: 3, normal: 3 };
/** The worst first. */
const ORDER: readonly SpanType[] = ['critical', 'anomaly', 'silent', 'normal'];

/** A bar in the lane; pixels from the left edge of the plot. */
export interface EpisodeBar {
  readonly leftPx: number;
  readonly rightPx: number;
  /** The worst of its episodes. */
  readonly type: ChartEpisode['type'];
  readonly episodes: readonly ChartEpisode[];
}

/** One bar for each episode in view, or for several that would overlap. @param toPx the position of a time */
export function barsOf(
  episodes: readonly ChartEpisode[],
  toPx: (timeMs: number) => number,
  widthPx: number,
): EpisodeBar[] {
  const bars: EpisodeBar[] = [];
  for (const episode of episodes.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const endPx = toPx(episode.toMs);
    if (endPx < 0 || toPx(episode.fromMs) > widthPx) continue;
    const leftPx = Math.min(Math.max(0, toPx(episode.fromMs)), widthPx - MIN_BAR_PX);
    const rightPx = Math.max(leftPx + MIN_BAR_PX, Math.min(widthPx, endPx));
    const last = bars.at(-1);
    if (!last || leftPx > last.rightPx + GAP_PX) {
      bars.push({ leftPx, rightPx, type: episode.type, episodes: [episode] });
      continue;
    }
    bars[bars.length - 1] = {
      leftPx: last.leftPx,
      rightPx: Math.max(last.rightPx, rightPx),
      type: ORDER.find((type) => type === last.type || type === episode.type) ?? last.type,
      episodes: [...last.episodes, episode],
    };
  }
  return bars;
}

/** Draws the bars into the lane below the plot. */
export function drawBars({ ctx, bbox }: uPlot, bars: readonly EpisodeBar[], colour: Colour): void {
  const ratio = devicePixelRatio;
  ctx.save();
  for (const { leftPx, rightPx, type } of bars) {
    const bottom = bbox.top + bbox.height + (LANE_TOP_PX + HEIGHTS_PX.critical) * ratio;
    const height = HEIGHTS_PX[type] * ratio;
    ctx.fillStyle = colour(`--${type}`);
    ctx.fillRect(bbox.left + leftPx * ratio, bottom - height, (rightPx - leftPx) * ratio, height);
  }
  ctx.restore();
}

/** Soft backgrounds behind the values. */
export function drawShades(chart: uPlot, spans: readonly ChartSpan[], colour: Colour): void {
  const { ctx, bbox } = chart;
  clipped(chart, () => {
    ctx.globalAlpha = 0.65;
    for (const { fromMs, toMs, type } of spans) {
      const from = chart.valToPos(fromMs / 1000, 'x', true);
      const to = chart.valToPos(toMs / 1000, 'x', true);
      ctx.fillStyle = colour(`--${type}-soft`);
      ctx.fillRect(from, bbox.top, Math.max(devicePixelRatio, to - from), bbox.height);
    }
  });
}
