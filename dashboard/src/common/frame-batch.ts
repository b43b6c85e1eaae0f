/** The batch is passed on early at this size: a hidden tab has no animation frames. */
const MAX_SIZE = 500;

/** Collects items and passes them on together. */
export interface FrameBatch<T> {
  readonly add: (item: T) => void;
  /** Discards the items that wait. */
  readonly stop: () => void;
}

/** Passes items on once per animation frame, in the order they were added. */
export function batchByFrame<T>(onItems: (items: readonly T[]) => void): FrameBatch<T> {
  let waiting: T[] = [];
  let frame = 0;
  const stop = (): void => {
    cancelAnimationFrame(frame);
    frame = 0;
    waiting = [];
  };
  const flush = (): void => {
    const items = waiting;
    stop();
    onItems(items);
  };
  return {
    add: (item) => {
      waiting.push(item);
      if (waiting.length >= MAX_SIZE) flush();
      else frame ||= requestAnimationFrame(flush);
    },
    stop,
  };
}
