import uPlot from 'uplot';

import { bareAxis, timeAxis, valueAxis } from './axes.js';
import type { ChartEpisode, ChartLine, ChartRange, ChartThreshold } from './chart-data.js';
import type { ChartCursor } from './cursor.js';
import { type Colour, readColours } from './drawing.js';
import { barsOf, drawBars, drawShades, type EpisodeBar, LANE_PX } from './episodes.js';
import { plotDataOf, plotSeriesOf } from './plot-series.js';
import { drawThresholds, type Outside, placesOf, thresholdMargin } from './thresholds.js';
import { valueRange } from './value-range.js';

/** A drag shorter than this is a click. */
const MIN_DRAG_PX = 6;

/** What a plot shows. */
export interface PlotContent {
  readonly lines: readonly ChartLine[];
  readonly range: ChartRange;
  /** Undefined for a chart without a lane for episodes. */
  readonly episodes: readonly ChartEpisode[] | undefined;
  readonly thresholds: readonly ChartThreshold[];
  /** Whether each line has a scale of its own. */
  readonly hasOwnScales: boolean;
}

/** The canvas of a chart. It needs a new one for another number of lines, other scales, or another theme. */
export class Plot {
  private readonly chart: uPlot;
  private readonly colour: Colour = readColours();
  private readonly observer: ResizeObserver;
  private shown: ChartRange;
  private places = '';

  constructor(
    private readonly element: HTMLElement,
    private content: PlotContent,
    private readonly cursor: ChartCursor,
    /** Called when the user has dragged over a part. */
    private readonly onSelect: (range: ChartRange) => void,
    /** Called when thresholds have left the chart or come into it. */
    private readonly onPlaces: (places: readonly (Outside | undefined)[]) => void,
  ) {
    this.shown = content.range;
    this.chart = new uPlot(this.options(), plotDataOf(content.lines), element);
    this.observer = new ResizeObserver(() => {
      this.chart.setSize(this.size());
    });
    this.observer.observe(element);
  }

  /** The range in view. */
  get range(): ChartRange {
    return this.shown;
  }

  /** The bars of episodes in view. */
  get bars(): EpisodeBar[] {
    const { width } = this.chart.over.getBoundingClientRect();
    return barsOf(this.content.episodes ?? [], (timeMs) => this.chart.valToPos(timeMs / 1000, 'x'), width);
  }

  /** The area inside the axes, in CSS pixels of the window. */
  get area(): DOMRect {
    return this.chart.over.getBoundingClientRect();
  }

  update(content: PlotContent, range: ChartRange): void {
    const hasOtherMargin = content.thresholds !== this.content.thresholds;
    this.content = content;
    this.shown = range;
    this.chart.batch(() => {
      this.chart.setData(plotDataOf(content.lines), false);
      this.setScale();
    });
    if (hasOtherMargin) this.chart.redraw(false, true);
  }

  /** Shows another part of the same data, as during a gesture. */
  show(range: ChartRange): void {
    this.shown = range;
    this.setScale();
  }

  /** Moves the cursor. @param leftPx from the left edge of the area; undefined hides it */
  moveCursor(leftPx: number | undefined, topPx = 0): void {
    const { width, height } = this.area;
    const isInside = leftPx !== undefined && leftPx >= 0 && leftPx <= width;
    this.chart.setCursor(isInside ? { left: leftPx, top: Math.min(topPx, height) } : { left: -10, top: -10 });
  }

  destroy(): void {
    this.observer.disconnect();
    this.chart.destroy();
    this.cursor.set(undefined);
  }

  private setScale(): void {
    this.chart.setScale('x', { min: this.shown.fromMs / 1000, max: this.shown.toMs / 1000 });
  }

  private size(): { width: number; height: number } {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  private options(): uPlot.Options {
    const { lines, hasOwnScales, episodes } = this.content;
    const { colour } = this;
    const scaleOf = (index: number): string => (hasOwnScales ? `y${index}` : 'y');
    const valueScale: uPlot.Scale = {
      range: (_, min, max) => valueRange(min, max, this.content.thresholds),
    };
    const scaleNames = hasOwnScales ? lines.map((_, index) => scaleOf(index)) : ['y'];
    return {
      ...this.size(),
      legend: { show: false },
      padding: [10, (chart) => Math.max(14, thresholdMargin(chart, this.content.thresholds)), 0, 0],
      cursor: {
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
        y: false,
        bind: { dblclick: () => null },
      },
      scales: {
        x: { time: true, range: () => [this.shown.fromMs / 1000, this.shown.toMs / 1000] },
        ...Object.fromEntries(scaleNames.map((name) => [name, valueScale])),
      },
      axes: [
        timeAxis(colour, episodes !== undefined),
        hasOwnScales ? bareAxis(colour, scaleOf(0)) : valueAxis(colour),
      ],
      series: plotSeriesOf(lines.length, colour, scaleOf),
      bands: lines.length === 1 ? [{ series: [1, 2], fill: colour('--band') }] : [],
      hooks: {
        drawAxes: [(chart) => drawShades(chart, this.content.episodes ?? [], colour)],
        draw: [
          (chart) => {
            const bars = this.bars;
            this.element.dataset.episodes = bars.map((bar) => bar.episodes.length).join(' ');
            drawBars(chart, bars, colour);
            if (hasOwnScales) return;
            drawThresholds(chart, this.content.thresholds, colour);
            this.tellPlaces(chart);
          },
        ],
        setCursor: [() => this.tellCursor()],
        setSelect: [() => this.takeSelection()],
      },
    };
  }

  private tellCursor(): void {
    const { left = -1, top = 0 } = this.chart.cursor;
    if (left < 0) {
      this.cursor.set(undefined);
      return;
    }
    const { over } = this.chart;
    this.cursor.set({
      timeMs: this.chart.posToVal(left, 'x') * 1000,
      leftPx: over.offsetLeft + left,
      topPx: over.offsetTop + top,
      plotPx: left,
    });
  }

  private tellPlaces(chart: uPlot): void {
    const places = placesOf(chart, this.content.thresholds);
    if (places.join() === this.places) return;
    this.places = places.join();
    this.onPlaces(places);
  }

  private takeSelection(): void {
    const { left, width } = this.chart.select;
    if (width === 0) return;
    this.chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (width < MIN_DRAG_PX) return;
    const [fromMs, toMs] = [left, left + width].map((x) => this.chart.posToVal(x, 'x') * 1000);
    if (fromMs !== undefined && toMs !== undefined) this.onSelect({ fromMs, toMs });
  }
}

/** Whether a position, in CSS pixels below the area inside the axes, is in the lane of the episodes. */
export function isInLane(belowPx: number): boolean {
  return belowPx >= 0 && belowPx <= LANE_PX;
}
