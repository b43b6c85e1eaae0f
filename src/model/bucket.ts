import { compareReadings, type Reading } from './reading.js';

/** Buckets of one length. */
export interface EvenBuckets {
  /** Their length, at least 1,000 µs. */
  readonly everyUs: number;
  /** How long after whole multiples of the length since the Unix epoch they begin: 0 to `everyUs`; 0 by default. */
  readonly offsetUs?: number;
}

/** Buckets of different lengths, such as months. */
export interface UnevenBuckets {
  /** Where each begins, in order, and where the last one ends, in microseconds since the Unix epoch. */
  readonly edgesUs: readonly number[];
}

/** Where buckets begin and end. */
export type BucketSpans = EvenBuckets | UnevenBuckets;

/** The aggregates of a sensor's readings in one time span. */
export interface Bucket {
  /** When the span begins, in microseconds since the Unix epoch. */
  readonly startUs: number;
  /** The number of readings, at least 1. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Rounded; see roundMean(). */
  readonly mean: number;
  /** The value of the newest reading; of several zones at one time, of the last zone. */
  readonly last: number;
}

/** The aggregates of some of a bucket's readings: of one zone, of a part of its time, or of a single reading. */
export interface BucketPart extends Omit<Bucket, 'last'> {
  /** Not rounded. */
  readonly mean: number;
  readonly last: Pick<Reading, 'timestampUs' | 'zone' | 'value'>;
}

/** When the bucket of a time begins, in microseconds; also before 1970. */
export function bucketStart(timestampUs: number, everyUs: number, offsetUs = 0): number {
  const remainder = (timestampUs - offsetUs) % everyUs;
  return timestampUs - (remainder < 0 ? remainder + everyUs : remainder);
}

/**
 * The bucket of a time: from `startUs` up to, not including, `endUs`.
 * @param timestampUs between the first and the last edge of uneven buckets
 */
export function bucketAt(timestampUs: number, spans: BucketSpans): { startUs: number; endUs: number } {
  if ('everyUs' in spans) {
    const startUs = bucketStart(timestampUs, spans.everyUs, spans.offsetUs);
    return { startUs, endUs: startUs + spans.everyUs };
  }
  const { edgesUs } = spans;
  let [low, high] = [0, edgesUs.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((edgesUs[middle] ?? Infinity) <= timestampUs) low = middle;
    else high = middle;
  }
  return { startUs: edgesUs[low] ?? NaN, endUs: edgesUs[high] ?? NaN };
}

/** A single reading as a part of its bucket. */
export function partOf(reading: Reading, spans: BucketSpans): BucketPart {
  const { value, timestampUs } = reading;
  return {
    startUs: bucketAt(timestampUs, spans).startUs,
    count: 1,
    min: value,
    max: value,
    mean: value,
    last: reading,
  };
}

/** Combines parts to buckets. The parts may come in any order. */
export class BucketParts {
  private readonly parts = new Map<number, BucketPart>();

  add(part: BucketPart): void {
    const known = this.parts.get(part.startUs);
    this.parts.set(part.startUs, known ? combine(known, part) : part);
  }

  /** @returns the buckets, oldest first */
  buckets(): Bucket[] {
    return [...this.parts.values()]
      .sort((a, b) => a.startUs - b.startUs)
      .map((part) => ({ ...part, mean: roundMean(part), last: part.last.value }));
  }
}

function combine(a: BucketPart, b: BucketPart): BucketPart {
  const count = a.count + b.count;
  return {
    startUs: a.startUs,
    count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    // Weighted one by one, because the sum of two finite numbers may overflow.
    mean: a.mean * (a.count / count) + b.mean * (b.count / count),
    last: compareReadings(a.last, b.last) > 0 ? a.last : b.last,
  };
}

const DIGITS = 12;

/**
 * Removes the digits of a mean that depend on the order of summation: rounds to the 12th significant digit of the bucket's
 * largest absolute value, and stays between min and max.
 */
export function roundMean({ min, max, mean }: Pick<Bucket, 'min' | 'max' | 'mean'>): number {
  const digits = DIGITS + exponent(mean) - exponent(Math.max(Math.abs(min), Math.abs(max)));
  const rounded = digits < 1 ? 0 : Number(mean.toPrecision(Math.min(digits, DIGITS)));
  return Math.min(max, Math.max(min, rounded));
}

const MIN_EXPONENT = -324;
const POWERS_OF_TEN = Array.from({ length: 633 }, (_, at) => Number(`1e${at + MIN_EXPONENT}`));

/** The power of ten of a number's first digit. A logarithm alone can be off by one near powers of ten. */
function exponent(value: number): number {
  const size = Math.abs(value);
  if (size === 0) return 0;
  const about = Math.floor(Math.log10(size));
  const power = (exponentOfTen: number): number => POWERS_OF_TEN[exponentOfTen - MIN_EXPONENT] ?? Infinity;
  if (size < power(about)) return about - 1;
  return size >= power(about + 1) ? about + 1 : about;
}
