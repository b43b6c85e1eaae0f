import type uPlot from 'uplot';

import type { EventType } from '../api/client.js';
import { formatValue } from '../common/format.js';
import type { ChartMark, ChartSpan, ChartThreshold } from './chart-data.js';

type Colour = (name: string) => string;

/** Shapes of marks, the same as in StateBadge, within a square of side 1 around (0, 0). */
const SHAPES: Readonly<Record<EventType, readonly (readonly [x: number, y: number])[]>> = {
  critical: [
    [-0.25, -0.5],
    [0.25, -0.5],
    [0.5, -0.25],
    [0.5, 0.25],
    [0.25, 0.5],
    [-0.25, 0.5],
    [-0.5, 0.25],
    [-0.5, -0.25],
  ],
  anomaly: [
    [0, -0.5],
    [0.5, 0.4],
    [-0.5, 0.4],
  ],
  normal: Array.from({ length: 16 }, (_, step) => [
    Math.cos((step * Math.PI) / 8) / 2,
    Math.sin((step * Math.PI) / 8) / 2,
  ]),
};
const MARK_PX = 12;

/** Coloured backgrounds behind the values. */
export function drawSpans(chart: uPlot, spans: readonly ChartSpan[], colour: Colour): void {
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

/** Dashed horizontal lines with labels. */
export function drawThresholds(chart: uPlot, thresholds: readonly ChartThreshold[], colour: Colour): void {
  const { ctx, bbox } = chart;
  clipped(chart, () => {
    ctx.strokeStyle = colour('--critical');
    ctx.fillStyle = colour('--critical');
    ctx.lineWidth = devicePixelRatio;
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = 'right';
    ctx.textBaseline = 'bottom';
    for (const { value, label } of thresholds) {
      const y = Math.round(chart.valToPos(value, 'y', true));
      ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      const text = label.includes(formatValue(value)) ? label : `${label}: ${formatValue(value)}`;
      ctx.fillText(text, bbox.left + bbox.width - 6 * devicePixelRatio, y - 3 * devicePixelRatio);
    }
  });
}

/** For each event, a shape at the top and a vertical line. */
export function drawMarks(chart: uPlot, marks: readonly ChartMark[], colour: Colour): void {
  const { ctx, bbox } = chart;
  const size = MARK_PX * devicePixelRatio;
  clipped(chart, () => {
    for (const { timeMs, type } of marks) {
      const x = Math.round(chart.valToPos(timeMs / 1000, 'x', true));
      const y = bbox.top + size * 0.8;
      ctx.strokeStyle = colour(`--${type}`);
      ctx.fillStyle = colour(`--${type}`);
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.beginPath();
      for (const [dx, dy] of SHAPES[type]) ctx.lineTo(x + dx * size, y + dy * size);
      ctx.closePath();
      // The shape for normal is hollow.
      if (type === 'normal') {
        ctx.fillStyle = colour('--surface');
        ctx.lineWidth = 2 * devicePixelRatio;
        ctx.fill();
        ctx.stroke();
      } else ctx.fill();
    }
  });
}

/** Clips drawing to the area inside the axes. */
function clipped(chart: uPlot, draw: () => void): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}
