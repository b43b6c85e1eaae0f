import uPlot from 'uplot';

import type { ChartLine, ChartSeries } from './chart-data.js';
import type { Colour } from './drawing.js';
import { dashesOf, lineColour } from './line-style.js';
import { whiskerPath } from './whisker.js';

/** The options of the series in the order of plotDataOf: a band and a line; or several lines. */
export function plotSeriesOf(
  count: number,
  colour: Colour,
  scaleOf: (index: number) => string,
): uPlot.Series[] {
  const edge: uPlot.Series = { width: 0, points: { show: false } };
  const series: uPlot.Series[] = count === 1 ? [{}, edge, edge] : [{}];
  for (let index = 0; index < count; index += 1) {
    const stroke = lineColour(index, count, colour);
    const scale = scaleOf(index);
    series.push(
      {
        scale,
        stroke,
        width: 1.75,
        dash: dashesOf(index),
        points: { show: true, filter: isolatedPoints, size: 5, fill: stroke },
      },
      ...(count === 1 ? [{ ...edge, scale, stroke, width: 1.75, paths: whiskerPath }, edge] : []),
      {
        scale,
        stroke,
        // The hollow point of the unfinished bucket.
        paths: () => null,
        points: { show: true, size: 7, width: 1.5, stroke, fill: colour('--surface') },
      },
    );
  }
  return series;
}

/** Columns over the times of all lines. Only a single line has a band. */
export function plotDataOf(lines: readonly ChartLine[]): uPlot.AlignedData {
  const isSingle = lines.length === 1;
  const tables = lines.flatMap(({ series }) => [
    isSingle
      ? ([series.timesS, series.max, series.min, series.mean] satisfies uPlot.AlignedData)
      : ([series.timesS, series.mean] satisfies uPlot.AlignedData),
    unfinishedTable(series, isSingle),
  ]);
  return tables.length === 0 ? [[]] : uPlot.join(tables);
}

function unfinishedTable({ unfinished }: ChartSeries, isSingle: boolean): uPlot.AlignedData {
  if (!unfinished) return isSingle ? [[], [], [], []] : [[], []];
  const { timeS, mean, min, max } = unfinished;
  return isSingle ? [[timeS], [max], [min], [mean]] : [[timeS], [mean]];
}

/** Points without neighbours: no line passes through them, so they are drawn as dots. */
function isolatedPoints(chart: uPlot, seriesIndex: number): number[] {
  const values = chart.data[seriesIndex] ?? [];
  const isolated: number[] = [];
  // A gap is null; undefined is a time at which only other lines have values.
  let before: number | null = null;
  let candidate: number | undefined;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (value === undefined) continue;
    if (value === null) {
      if (candidate !== undefined) isolated.push(candidate);
      candidate = undefined;
    } else candidate = before === null ? index : undefined;
    before = value;
  }
  if (candidate !== undefined) isolated.push(candidate);
  return isolated;
}
