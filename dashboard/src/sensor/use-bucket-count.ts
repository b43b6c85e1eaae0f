import { type RefObject, useLayoutEffect, useState } from 'react';

/** As many buckets as are told apart on this screen: one each two points of its width. */
export function useBucketCount(frame: RefObject<HTMLElement | null>): number {
  const [points, setPoints] = useState(400);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    // In steps, so that a window that is resized does not load with every pixel.
    const measure = (): void => setPoints(Math.max(100, Math.round(element.clientWidth / 200) * 100));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return points;
}
