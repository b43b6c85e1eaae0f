import type uPlot from 'uplot';

import { formatValue } from '../common/format.js';
import type { ChartThreshold } from './chart-data.js';
import { type Colour, FONT_FAMILY, widestOf } from './drawing.js';

const FONT_PX = 11;
const SPACE_PX = 6;

/** The width of the margin for the numbers of thresholds, in CSS pixels. */
export function thresholdMargin({ ctx }: uPlot, thresholds: readonly ChartThreshold[]): number {
  const texts = thresholds.map(({ value }) => formatValue(value));
  return texts.length === 0 ? 0 : widestOf(ctx, `${FONT_PX}px ${FONT_FAMILY}`, texts) + 2 * SPACE_PX;
}

/** Dashed horizontal lines, each with its number in the margin to the right; numbers that would overlap move apart. */
export function drawThresholds(chart: uPlot, thresholds: readonly ChartThreshold[], colour: Colour): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  const right = bbox.left + bbox.width;
  const values = [...new Set(thresholds.map(({ value }) => value))]
    .filter((value) => placeOf(chart, value) === undefined)
    .toSorted((a, b) => b - a);
  const lines = values.map((value) => Math.round(chart.valToPos(value, 'y', true)));
  const labels = apart(lines, (FONT_PX + 1) * ratio, bbox.top + bbox.height);
  ctx.save();
  ctx.strokeStyle = colour('--critical');
  ctx.fillStyle = colour('--critical');
  ctx.lineWidth = ratio;
  ctx.font = `${FONT_PX * ratio}px ${FONT_FAMILY}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  for (const [index, value] of values.entries()) {
    const y = lines[index] ?? 0;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(right, y);
    ctx.stroke();
    ctx.fillText(formatValue(value), right + SPACE_PX * ratio, labels[index] ?? y);
  }
  ctx.restore();
}

/** Where a threshold is that the chart does not show. */
export type Outside = 'above' | 'below';

/** Where each threshold is; undefined for one that the chart shows. */
export function placesOf(chart: uPlot, thresholds: readonly ChartThreshold[]): (Outside | undefined)[] {
  return thresholds.map(({ value }) => placeOf(chart, value));
}

function placeOf(chart: uPlot, value: number): Outside | undefined {
  const { min, max } = chart.scales.y ?? {};
  if (min == null || max == null || (value >= min && value <= max)) return undefined;
  return value > max ? 'above' : 'below';
}

/** Moves positions that are too close to each other. @param positions from top to bottom */
function apart(positions: readonly number[], distance: number, bottom: number): number[] {
  const moved: number[] = [];
  for (const position of positions) moved.push(Math.max(position, (moved.at(-1) ?? -Infinity) + distance));
  // What no longer fits pushes the others up.
  let below = bottom + distance;
  return moved
    .toReversed()
    .map((position) => (below = Math.min(position, below - distance)))
    .toReversed();
}
