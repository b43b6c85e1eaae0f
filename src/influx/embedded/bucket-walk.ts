import { bucketAt, type BucketSpans } from '../../model/bucket.js';
import type { SensorRange, SensorSlices } from './sensor-slices.js';

/** A slice of a range, which is divided into buckets. */
export interface Walk {
  readonly slice: SensorRange;
  readonly spans: BucketSpans;
}

/**
 * Visits the part of each bucket that lies in a slice, in order, along the primary key: for a GROUP BY over an expression SQLite sorts,
 * and a million readings in 500 buckets took 3.2 s instead of 0.1 s.
 * @param visit returns whether it has found readings; after a part without, the next reading is looked for
 */
export function walkBuckets(
  sensors: SensorSlices,
  { slice, spans }: Walk,
  visit: (bucket: { startUs: number; endUs: number }, part: SensorRange) => boolean,
): void {
  const { sensor, toUs } = slice;
  for (let atUs = slice.fromUs; atUs < toUs;) {
    const bucket = bucketAt(atUs, spans);
    const part = { sensor, fromUs: atUs, toUs: Math.min(toUs, bucket.endUs) };
    atUs = visit(bucket, part) ? part.toUs : (sensors.firstTime({ sensor, fromUs: part.toUs, toUs }) ?? toUs);
  }
}
