import type uPlot from 'uplot';

import { formatAlike } from '../common/format-alike.js';
import { formatDate } from '../common/format.js';
import { type Colour, FONT_FAMILY, widestOf } from './drawing.js';
import { LANE_PX } from './episodes.js';

const FONT = `12px ${FONT_FAMILY}`;
const DAY_S = 86_400;
const MINUTE_S = 60;

const HOURS = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const MILLISECONDS = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});

/** Times in the user's locale and time zone; the date where a day begins, with its year when it is not this one. */
export function timeAxis(colour: Colour, hasLane: boolean): uPlot.Axis {
  const lanePx = hasLane ? LANE_PX : 0;
  return {
    ...linesOf(colour),
    space: 96,
    values: (_chart, splits, _axis, _space, incrementS) => {
      let dayBefore = '';
      return splits.map((timeS) => {
        const timeMs = timeS * 1000;
        const day = formatDate(timeMs);
        const isNewDay = day !== dayBefore;
        dayBefore = day;
        if (incrementS >= DAY_S) return day;
        const clock = clockOf(incrementS).format(timeMs);
        return isNewDay ? `${clock}\n${day}` : clock;
      });
    },
    gap: 5 + lanePx,
    size: 46 + lanePx,
  };
}

/** Distances between labels, ascending. uPlot's own end at 1e32, and a sensor may send 1e300. */
const STEPS = Array.from({ length: 340 }, (_, index) => index - 32).flatMap((power) =>
  [1, 2, 2.5, 5].map((digits) => Number(`${digits}e${power}`)).filter(Number.isFinite),
);

/** Values in the user's locale, with enough digits to tell them apart. */
export function valueAxis(colour: Colour): uPlot.Axis {
  return {
    ...linesOf(colour),
    incrs: STEPS,
    values: (_chart, splits, _axis, _space, increment) => formatAlike(splits, increment),
    // No texts at first, contrary to uPlot's types.
    size: (chart, texts: readonly string[] | null) =>
      Math.max(24, widestOf(chart.ctx, FONT, texts ?? [])) + 18,
  };
}

/** Lines without values, for lines that each have a scale of their own. */
export function bareAxis(colour: Colour, scale: string): uPlot.Axis {
  return {
    ...linesOf(colour),
    scale,
    incrs: STEPS,
    values: (_chart, splits) => splits.map(() => ''),
    size: 12,
  };
}

function clockOf(incrementS: number): Intl.DateTimeFormat {
  if (incrementS < 1) return MILLISECONDS;
  return incrementS < MINUTE_S ? SECONDS : HOURS;
}

function linesOf(colour: Colour): uPlot.Axis {
  return {
    stroke: colour('--muted'),
    font: FONT,
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { stroke: colour('--grid'), width: 1, size: 6 },
  };
}
