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

/** Dashed horizontal lines, each with its number in the margin to the right. Numbers that would overlap are left out. */
export function drawThresholds(chart: uPlot, thresholds: readonly ChartThreshold[], colour: Colour): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  const right = bbox.left + bbox.width;
  const labelled: number[] = [];
  ctx.save();
  ctx.strokeStyle = colour('--critical');
  ctx.fillStyle = colour('--critical');
  ctx.lineWidth = ratio;
  ctx.font = `${FONT_PX * ratio}px ${FONT_FAMILY}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  for (const { value } of thresholds) {
    const y = Math.round(chart.valToPos(value, 'y', true));
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(right, y);
    ctx.stroke();
    if (labelled.some((other) => Math.abs(other - y) < (FONT_PX + 1) * ratio)) continue;
    labelled.push(y);
    ctx.fillText(formatValue(value), right + SPACE_PX * ratio, y);
  }
  ctx.restore();
}
