import { useSyncExternalStore } from 'react';

import { Listeners } from '../common/listeners.js';

/** Where the cursor of a chart is. */
export interface CursorPlace {
  readonly timeMs: number;
  /** From the left edge of the chart, in CSS pixels. */
  readonly leftPx: number;
  /** From its upper edge. */
  readonly topPx: number;
  /** From the left edge of the plot, and so the x of bars of episodes. */
  readonly plotPx: number;
}

/** The cursor of a chart; apart from the chart, so that only what shows its values renders again. */
export class ChartCursor {
  private readonly listeners = new Listeners();
  private place: CursorPlace | undefined;

  readonly subscribe = this.listeners.add;
  readonly get = (): CursorPlace | undefined => this.place;

  set(place: CursorPlace | undefined): void {
    if (place === this.place) return;
    this.place = place;
    this.listeners.notify();
  }
}

/** The place of the cursor; undefined while there is none. */
export function useCursor(cursor: ChartCursor): CursorPlace | undefined {
  return useSyncExternalStore(cursor.subscribe, cursor.get);
}
