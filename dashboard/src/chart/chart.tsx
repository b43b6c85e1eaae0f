import 'uplot/dist/uPlot.min.css';
import './chart.css';

import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';

import { formatTime, formatValue } from '../common/format.js';
import { useShownTheme } from '../common/theme.js';
import { timeAxis, valueAxis } from './axes.js';
import type { ChartMark, ChartRange, ChartSeries, ChartSpan, ChartThreshold } from './chart-data.js';
import { drawMarks, drawSpans, drawThresholds } from './overlays.js';

export interface ChartProps {
  readonly series: ChartSeries;
  readonly range: ChartRange;
  readonly marks?: readonly ChartMark[];
  readonly spans?: readonly ChartSpan[];
  readonly thresholds?: readonly ChartThreshold[];
  /** Called when the user selects a part by dragging. */
  readonly onZoom?: (fromMs: number, toMs: number) => void;
  /** A description of the chart for screen readers. */
  readonly label: string;
}

const HEIGHT = 340;
/** A drag shorter than this is a click. */
const MIN_DRAG_PX = 6;

/** Draws values over time with events. The page shows the same in words beside it. */
export function Chart(props: ChartProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLParagraphElement>(null);
  const plot = useRef<uPlot>(undefined);
  const currentProps = useRef(props);
  const theme = useShownTheme();

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const created = new uPlot(
      optionsOf(element, currentProps, readout),
      dataOf(currentProps.current.series),
      element,
    );
    plot.current = created;
    const observer = new ResizeObserver(() => {
      created.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      created.destroy();
      plot.current = undefined;
    };
    // Colours are read when the chart is created.
  }, [theme]);

  useEffect(() => {
    currentProps.current = props;
    plot.current?.batch((chart: uPlot) => {
      chart.setData(dataOf(props.series), false);
      chart.setScale('x', scaleOf(props.range));
    });
  }, [props]);

  return (
    <figure className="chart">
      <div ref={frame} role="img" aria-label={props.label} data-points={props.series.timesS.length} />
      <p ref={readout} className="chart-readout number muted" aria-hidden />
    </figure>
  );
}

function dataOf({ timesS, mean, min, max }: ChartSeries): uPlot.AlignedData {
  return [timesS, max, min, mean];
}

function scaleOf({ fromMs, toMs }: ChartRange): { min: number; max: number } {
  return { min: fromMs / 1000, max: toMs / 1000 };
}

function optionsOf(
  element: HTMLElement,
  currentProps: React.RefObject<ChartProps>,
  readout: React.RefObject<HTMLElement | null>,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
      bind: { dblclick: () => null },
    },
    scales: {
      x: {
        time: true,
        range: () => [currentProps.current.range.fromMs / 1000, currentProps.current.range.toMs / 1000],
      },
      y: { range: (_, min, max) => valueRange(min, max, currentProps.current.thresholds) },
    },
    axes: [timeAxis(colour), valueAxis(colour)],
    series: [
      {},
      { width: 0, points: { show: false } },
      { width: 0, points: { show: false } },
      {
        stroke: colour('--line'),
        width: 1.75,
        points: { show: true, filter: isolatedPoints, size: 5, fill: colour('--line') },
      },
    ],
    bands: [{ series: [1, 2], fill: colour('--band') }],
    hooks: {
      drawAxes: [(chart) => drawSpans(chart, currentProps.current.spans ?? [], colour)],
      draw: [
        (chart) => {
          drawThresholds(chart, currentProps.current.thresholds ?? [], colour);
          drawMarks(chart, currentProps.current.marks ?? [], colour);
        },
      ],
      setCursor: [
        (chart) => {
          if (readout.current) readout.current.textContent = readingUnder(chart);
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < MIN_DRAG_PX) return;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          const [fromS, toS] = [left, left + width].map((x) => chart.posToVal(x, 'x'));
          if (fromS !== undefined && toS !== undefined)
            currentProps.current.onZoom?.(fromS * 1000, toS * 1000);
        },
      ],
    },
  };
}

/** Points without neighbours: no line passes through them, so they are drawn as dots. */
function isolatedPoints(chart: uPlot, seriesIndex: number): number[] {
  const values = chart.data[seriesIndex] ?? [];
  const isolated: number[] = [];
  for (let index = 0; index < values.length; index += 1)
    if (values[index] != null && values[index - 1] == null && values[index + 1] == null) isolated.push(index);
  return isolated;
}

/** Adds some space around the values, and includes thresholds that are not far away. */
function valueRange(
  min: number | null,
  max: number | null,
  thresholds: readonly { readonly value: number }[] = [],
): uPlot.Range.MinMax {
  if (min === null || max === null) return [0, 1];
  const span = max - min || Math.abs(max) || 1;
  const near = thresholds
    .map(({ value }) => value)
    .filter((value) => value > min - span && value < max + span);
  const low = Math.min(min, ...near);
  const high = Math.max(max, ...near);
  const space = (high - low || span) * 0.08;
  return [low - space, high + space];
}

function readingUnder(chart: uPlot): string {
  const { idx } = chart.cursor;
  if (idx === null || idx === undefined) return '';
  const [timeS, max, min, mean] = chart.data.map((values) => values[idx]);
  if (timeS == null || mean == null || min == null || max == null) return '';
  const spread = max > min ? `  (${formatValue(min)} to ${formatValue(max)})` : '';
  return `${formatTime(timeS * 1000)}:  ${formatValue(mean)}${spread}`;
}
