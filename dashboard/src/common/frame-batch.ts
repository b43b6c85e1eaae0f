/** So many wait for a frame at most: a tab that is not seen has none. */
const MAX_WAITING = 500;

/** What comes one by one and is handed on together. */
export interface FrameBatch<T> {
  readonly add: (item: T) => void;
  /** Forgets what waits. */
  readonly stop: () => void;
}

/** Hands what comes on once a frame, in the order it came. */
export function batchByFrame<T>(take: (items: readonly T[]) => void): FrameBatch<T> {
  let waiting: T[] = [];
  let frame = 0;
  const stop = (): void => {
    cancelAnimationFrame(frame);
    frame = 0;
    waiting = [];
  };
  const handOn = (): void => {
    const items = waiting;
    stop();
    take(items);
  };
  return {
    add: (item) => {
      waiting.push(item);
      if (waiting.length >= MAX_WAITING) handOn();
      else frame ||= requestAnimationFrame(handOn);
    },
    stop,
  };
}
