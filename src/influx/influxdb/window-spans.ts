import type { TimeRange } from '../../model/time-range.js';
import type { EvenBucketRange } from '../reading-store.js';

/** The windows of a range that begin at some times, in spans as long as possible. */
export function* spansOf(
  starts: ReadonlySet<number>,
  { fromUs, toUs, everyUs }: EvenBucketRange,
): Generator<TimeRange> {
  const sorted = [...starts].sort((a, b) => a - b);
  for (let index = 0; index < sorted.length;) {
    const beginUs = sorted[index] ?? NaN;
    let endUs = beginUs;
    while (sorted[index] === endUs) {
      endUs += everyUs;
      index += 1;
    }
    yield { fromUs: Math.max(fromUs, beginUs), toUs: Math.min(toUs, endUs) };
  }
}

/** The rest of the range, in spans as long as possible. */
export function* spansBeside(starts: ReadonlySet<number>, range: EvenBucketRange): Generator<TimeRange> {
  let { fromUs } = range;
  for (const span of spansOf(starts, range)) {
    if (span.fromUs > fromUs) yield { fromUs, toUs: span.fromUs };
    fromUs = span.toUs;
  }
  if (fromUs < range.toUs) yield { fromUs, toUs: range.toUs };
}
