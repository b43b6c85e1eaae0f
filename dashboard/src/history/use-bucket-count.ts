import { type RefObject, useLayoutEffect, useState } from 'react';

/** How many buckets the element has room for: one for every two pixels. */
export function useBucketCount(container: RefObject<HTMLElement | null>): number {
  const [count, setCount] = useState(400);
  useLayoutEffect(() => {
    const element = container.current;
    if (!element) return;
    // In steps, so that resizing the window does not load data for every pixel.
    const measure = (): void => setCount(Math.max(100, Math.round(element.clientWidth / 200) * 100));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [container]);
  return count;
}
