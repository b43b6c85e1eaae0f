import type { Zooming } from './gestures.js';
import { isInLane } from './plot.js';

/** Zoom for each pixel that the wheel turns. */
const WHEEL_ZOOM = 0.002;
const PIXELS_PER_LINE = 16;

/**
 * The wheel zooms while the chart has the focus, or with Ctrl; a double click resets; the lane of episodes moves the cursor,
 * too. @returns a function that stops it
 */
export function followMouse(element: HTMLElement, zooming: Zooming): () => void {
  const { plot } = zooming.target;
  const stop = new AbortController();
  const { signal } = stop;
  element.addEventListener(
    'wheel',
    (event) => {
      // Elsewhere the wheel scrolls the page, as everyone expects.
      if (!event.ctrlKey && !event.metaKey && !element.contains(document.activeElement)) return;
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? PIXELS_PER_LINE : 1;
      const { left, width } = plot.area;
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) zooming.move((event.deltaX * unit) / width);
      else
        zooming.zoom(
          Math.exp(event.deltaY * unit * WHEEL_ZOOM),
          Math.min(1, Math.max(0, (event.clientX - left) / width)),
        );
    },
    { passive: false, signal },
  );
  element.addEventListener('dblclick', () => zooming.reset(), { signal });
  element.addEventListener(
    'mousemove',
    ({ clientX, clientY, buttons }) => {
      const { left, bottom } = plot.area;
      if (buttons === 0 && isInLane(clientY - bottom)) plot.moveCursor(clientX - left, clientY);
    },
    { signal },
  );
  element.addEventListener('mouseleave', () => plot.moveCursor(undefined), { signal });
  return () => stop.abort();
}
