import type { ChartRange } from './chart-data.js';
import type { Zooming } from './gestures.js';
import { possible } from './zoom-range.js';

/** Two taps within this time and distance are a double tap. */
const DOUBLE_TAP_MS = 350;
const DOUBLE_TAP_PX = 40;
/** A finger that moves further than this, or rests longer, does not tap. */
const TAP_PX = 10;
const TAP_MS = 300;

interface Pinch {
  readonly range: ChartRange;
  readonly middleX: number;
  readonly distance: number;
}
interface Tap {
  readonly x: number;
  readonly timeMs: number;
}

/** Two fingers zoom and move; one moves the cursor while the page scrolls as usual. @returns a function that stops it */
export function followTouches(element: HTMLElement, zooming: Zooming): () => void {
  const { plot } = zooming.target;
  let pinch: Pinch | undefined;
  let started: Tap | undefined;
  let tapped: Tap | undefined;

  const point = ({ clientX, clientY }: Touch): void => {
    const { left, top } = plot.area;
    plot.moveCursor(clientX - left, clientY - top);
  };
  const onStart = (event: TouchEvent): void => {
    const [first, second] = event.touches;
    if (!first) return;
    if (!second) {
      started = { x: first.clientX, timeMs: event.timeStamp };
      point(first);
      return;
    }
    event.preventDefault();
    started = undefined;
    plot.moveCursor(undefined);
    pinch = { range: plot.range, ...betweenOf(first, second) };
  };
  const onMove = (event: TouchEvent): void => {
    const [first, second] = event.touches;
    if (first && second && pinch) {
      event.preventDefault();
      zooming.show(pinched(pinch, betweenOf(first, second), plot.area));
    } else if (first && started) {
      if (Math.abs(first.clientX - started.x) > TAP_PX) started = { ...started, timeMs: -Infinity };
      point(first);
    }
  };
  const onEnd = (event: TouchEvent): void => {
    if (pinch) {
      if (event.touches.length >= 2) return;
      pinch = undefined;
      started = undefined;
      zooming.end();
      return;
    }
    const isTap = started && event.timeStamp - started.timeMs < TAP_MS;
    const isSecond =
      started &&
      tapped &&
      event.timeStamp - tapped.timeMs < DOUBLE_TAP_MS &&
      Math.abs(started.x - tapped.x) < DOUBLE_TAP_PX;
    if (isTap && isSecond) zooming.reset();
    tapped = started && isTap && !isSecond ? { x: started.x, timeMs: event.timeStamp } : undefined;
    started = undefined;
  };
  const onCancel = (): void => {
    pinch = undefined;
    started = undefined;
    plot.moveCursor(undefined);
    zooming.end();
  };

  const stop = new AbortController();
  const options = { passive: false, signal: stop.signal };
  element.addEventListener('touchstart', onStart, options);
  element.addEventListener('touchmove', onMove, options);
  element.addEventListener('touchend', onEnd, options);
  element.addEventListener('touchcancel', onCancel, options);
  return () => stop.abort();
}

function betweenOf(first: Touch, second: Touch): { middleX: number; distance: number } {
  return {
    middleX: (first.clientX + second.clientX) / 2,
    distance: Math.max(1, Math.hypot(first.clientX - second.clientX, first.clientY - second.clientY)),
  };
}

/** The time that was between the fingers at first stays between them. */
function pinched(
  { range, middleX, distance }: Pinch,
  now: { readonly middleX: number; readonly distance: number },
  area: DOMRect,
): ChartRange {
  const lengthMs = range.toMs - range.fromMs;
  const newMs = lengthMs * (distance / now.distance);
  const heldMs = range.fromMs + ((middleX - area.left) / area.width) * lengthMs;
  const fromMs = heldMs - ((now.middleX - area.left) / area.width) * newMs;
  return possible({ fromMs, toMs: fromMs + newMs });
}
