import type uPlot from 'uplot';

import { formatValue } from '../common/format.js';

type Colour = (name: string) => string;

const FONT = '12px system-ui, sans-serif';
const DAY_S = 86_400;
const MINUTE_S = 60;

const DATE = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const YEAR = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const HOURS = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** Times in the user's locale and time zone; the date where a day begins. */
export function timeAxis(colour: Colour): uPlot.Axis {
  return {
    ...linesOf(colour),
    space: 90,
    values: (_chart, splits, _axis, _space, incrementS) => {
      let dayBefore = '';
      return splits.map((timeS) => {
        const timeMs = timeS * 1000;
        const day = YEAR.format(timeMs);
        const isNewDay = day !== dayBefore;
        dayBefore = day;
        if (incrementS >= DAY_S) return incrementS >= 20 * DAY_S ? day : DATE.format(timeMs);
        const clock = (incrementS < MINUTE_S ? SECONDS : HOURS).format(timeMs);
        return isNewDay ? `${clock}\n${DATE.format(timeMs)}` : clock;
      });
    },
    size: 46,
  };
}

/** Values in the user's locale. */
export function valueAxis(colour: Colour): uPlot.Axis {
  return {
    ...linesOf(colour),
    values: (_chart, splits) => splits.map((value) => formatValue(value)),
    size: (chart, values) => widestOf(chart.ctx, values) + 18,
  };
}

/** @param texts null at first, contrary to uPlot's types */
function widestOf(context: CanvasRenderingContext2D, texts: readonly string[] | null): number {
  context.save();
  context.font = FONT;
  const widest = Math.max(24, ...(texts ?? []).map((text) => context.measureText(text).width));
  context.restore();
  return Math.ceil(widest);
}

function linesOf(colour: Colour): uPlot.Axis {
  return {
    stroke: colour('--muted'),
    font: FONT,
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { stroke: colour('--grid'), width: 1, size: 6 },
  };
}
