import type { ChartCursor } from './cursor.js';
import type { Zooming } from './gestures.js';

/** How far an arrow moves the cursor, in CSS pixels. */
const STEP_PX = 4;
const ZOOM = 2;

/** Arrows move the cursor, + and - zoom around it, Escape resets. @returns a function that stops it */
export function followKeys(element: HTMLElement, zooming: Zooming, cursor: ChartCursor): () => void {
  const { plot } = zooming.target;
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { width, height } = plot.area;
    const leftPx = cursor.get()?.plotPx ?? width / 2;
    const stepPx = event.shiftKey ? 10 * STEP_PX : STEP_PX;
    const moveTo = (toPx: number): void => plot.moveCursor(Math.min(width, Math.max(0, toPx)), height / 3);
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => moveTo(leftPx - stepPx),
      ArrowRight: () => moveTo(leftPx + stepPx),
      Home: () => moveTo(0),
      End: () => moveTo(width),
      '+': () => zooming.zoom(1 / ZOOM, leftPx / width),
      '=': () => zooming.zoom(1 / ZOOM, leftPx / width),
      '-': () => zooming.zoom(ZOOM, leftPx / width),
      Escape: () => {
        plot.moveCursor(undefined);
        zooming.reset();
      },
    };
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
    if (!action) return;
    event.preventDefault();
    action();
  };
  element.addEventListener('keydown', onKey);
  return () => element.removeEventListener('keydown', onKey);
}
