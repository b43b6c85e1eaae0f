import { bucketStart } from '../../model/bucket.js';
import type { EvenBucketRange, UnevenBucketRange } from '../reading-store.js';

/**
 * The most windows of one query when buckets have several each. A year of local days in hours is 8,760 windows, 44,000 rows; with
 * this limit it is five queries, of which three have a window for each day.
 */
const MAX_WINDOWS = 2_000;

/**
 * Cuts uneven buckets into runs of even windows, because InfluxDB aggregates only these in its storage: months and windows in a
 * time zone took 60 times as long for a million points (2.9.1). The windows of a run are as long as fit into all of its buckets.
 * So days are windows of 24 hours in between of changes of the clock, and months are days.
 */
export function* evenRuns(range: UnevenBucketRange): Generator<EvenBucketRange> {
  const { edgesUs } = range;
  let [startUs = NaN] = edgesUs;
  let endUs = startUs;
  let everyUs = 0;
  let count = 0;
  for (const edgeUs of edgesUs.slice(1)) {
    const windowUs = commonDivisor(everyUs, edgeUs - endUs);
    const windows = (edgeUs - startUs) / windowUs;
    if (count > 0 && windows > Math.max(MAX_WINDOWS, count + 1)) {
      yield runOf(range, startUs, endUs, everyUs);
      startUs = endUs;
      everyUs = edgeUs - endUs;
      count = 0;
    } else everyUs = windowUs;
    endUs = edgeUs;
    count += 1;
  }
  if (count > 0) yield runOf(range, startUs, endUs, everyUs);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** Cuts uneven buckets into runs of buckets of one length, where parts of a bucket cannot be combined: a month is a run, or two are. */
export function* equalRuns(range: UnevenBucketRange): Generator<EvenBucketRange> {
  const { edgesUs } = range;
  let [startUs = NaN] = edgesUs;
  for (const [index, edgeUs] of edgesUs.entries()) {
    const [beforeUs = NaN, nextUs = NaN] = [edgesUs[index - 1], edgesUs[index + 1]];
    const everyUs = edgeUs - beforeUs;
    if (index === 0 || nextUs - edgeUs === everyUs) continue;
    yield runOf(range, startUs, edgeUs, everyUs);
    startUs = edgeUs;
  }
}

/** The part of a range that lies between two edges, in windows from the first one on. */
function runOf(
  { sensorId, fromUs, toUs }: UnevenBucketRange,
  startUs: number,
  endUs: number,
  everyUs: number,
): EvenBucketRange {
  return {
    sensorId,
    fromUs: Math.max(fromUs, startUs),
    toUs: Math.min(toUs, endUs),
    everyUs,
    offsetUs: startUs - bucketStart(startUs, everyUs),
  };
}
