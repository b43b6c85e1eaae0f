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

/** A value that changes at most every 400 ms, because much work follows from it. */
export function usePaced<T>(value: T): T {
  return useLater(value, false);
}

/**
 * A value that decides the order of things on the page. It changes at most every 400 ms, and not while somebody moves the
 * pointer or types, unless that takes longer than 4 s: nothing moves away under a click.
 */
export function useHeld<T>(value: T): T {
  return useLater(value, true);
}

function useLater<T>(value: T, isHeldByInput: boolean): T {
  const [held, setHeld] = useState(value);
  const shownMs = useRef(-Infinity);
  const waitingSinceMs = useRef<number>(undefined);
  useEffect(() => {
    if (value === held) return;
    const now = performance.now();
    waitingSinceMs.current ??= now;
    const calmMs = isHeldByInput ? lastInputMs + BUSY_MS : now;
    const untilMs = Math.max(
      shownMs.current + PACE_MS,
      Math.min(calmMs, waitingSinceMs.current + MAX_HELD_MS),
    );
    const timer = setTimeout(
      () => {
        shownMs.current = performance.now();
        waitingSinceMs.current = undefined;
        setHeld(value);
      },
      Math.max(0, untilMs - now),
    );
    return () => {
      clearTimeout(timer);
    };
  }, [value, held, isHeldByInput]);
  return held;
}
