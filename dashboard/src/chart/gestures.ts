import type { ChartRange } from './chart-data.js';
import type { Plot } from './plot.js';
import { moved, zoomed } from './zoom-range.js';

/** A wheel or key that pauses this long has finished. */
const PAUSE_MS = 250;

/** What a chart does with gestures. */
export interface GestureTarget {
  readonly plot: Plot;
  /** Called with the new range once the gesture has ended. */
  readonly onZoom: (range: ChartRange) => void;
  readonly onReset: () => void;
  /** Called with true when a gesture begins; the range in view is the gesture's until it ends. */
  readonly onActive: (isActive: boolean) => void;
}

/** Zooms and moves the plot at once, and tells the new range when the gesture ends. */
export class Zooming {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isActive = false;

  constructor(readonly target: GestureTarget) {}

  zoom(factor: number, share: number): void {
    this.show(zoomed(this.target.plot.range, factor, share));
    this.endSoon();
  }

  move(share: number): void {
    this.show(moved(this.target.plot.range, share));
    this.endSoon();
  }

  /** Shows a range until end() or cancel(). */
  show(range: ChartRange): void {
    if (!this.isActive) this.target.onActive(true);
    this.isActive = true;
    this.target.plot.show(range);
  }

  end(): void {
    clearTimeout(this.timer);
    if (!this.isActive) return;
    const { range } = this.target.plot;
    this.cancel();
    this.target.onZoom(range);
  }

  reset(): void {
    this.cancel();
    this.target.onReset();
  }

  cancel(): void {
    clearTimeout(this.timer);
    if (this.isActive) this.target.onActive(false);
    this.isActive = false;
  }

  private endSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end(), PAUSE_MS);
  }
}
