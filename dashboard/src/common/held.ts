import { useEffect, useRef, useState } from 'react';

/** How long after a move of the pointer, or a key, somebody counts as about to click. */
const BUSY_MS = 800;
/** Nothing is held back for longer. */
const MAX_HELD_MS = 4_000;
/** Changes that follow each other faster are shown together. */
const PACE_MS = 400;

let lastInputMs = -Infinity;
for (const type of ['pointermove', 'pointerdown', 'keydown'])
  window.addEventListener(type, () => (lastInputMs = performance.now()), { passive: true, capture: true });

/**
 * A value that decides the order of things on the page. It changes at most every 400 ms, and not while somebody moves the
 * pointer or types, unless that takes longer than 4 s: nothing moves away under a click.
 */
export function useHeld<T>(value: T): T {
  const [held, setHeld] = useState(value);
  const shownMs = useRef(-Infinity);
  const waitingSinceMs = useRef<number>(undefined);
  useEffect(() => {
    if (value === held) return;
    const now = performance.now();
    waitingSinceMs.current ??= now;
    const untilMs = Math.max(
      shownMs.current + PACE_MS,
      Math.min(lastInputMs + BUSY_MS, waitingSinceMs.current + MAX_HELD_MS),
    );
    let timer = 0;
    const show = (): void => {
      shownMs.current = performance.now();
      waitingSinceMs.current = undefined;
      setHeld(value);
    };
    timer = window.setTimeout(show, Math.max(0, untilMs - now));
    return () => {
      window.clearTimeout(timer);
    };
  }, [value, held]);
  return held;
}
