import { compareReadings, type Reading } from './reading.js';

/** What a sensor's readings of one stretch of time come to. */
export interface Bucket {
  /** Where the stretch begins: a whole multiple of its length since the Unix epoch, in microseconds. */
  readonly startUs: number;
  /** How many readings there are, at least 1. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Rounded; see roundMean(). */
  readonly mean: number;
  /** The value of the newest reading; of one moment that of the last zone. */
  readonly last: number;
}

/** Some of a bucket's readings: those of one zone, of a slice of its time, or a single one. */
export interface BucketPart extends Omit<Bucket, 'last'> {
  /** Not rounded. */
  readonly mean: number;
  readonly last: Pick<Reading, 'timestampUs' | 'zone' | 'value'>;
}

/** Where the bucket begins that a time belongs to, in microseconds; before 1970 too. */
export function bucketStart(timestampUs: number, everyUs: number): number {
  const past = timestampUs % everyUs;
  return timestampUs - (past < 0 ? past + everyUs : past);
}

/** A single reading as a part of its bucket. */
export function partOf(reading: Reading, everyUs: number): BucketPart {
  const { value, timestampUs } = reading;
  return {
    startUs: bucketStart(timestampUs, everyUs),
    count: 1,
    min: value,
    max: value,
    mean: value,
    last: reading,
  };
}

/** Puts buckets together from their parts, in whatever order these come. */
export class BucketParts {
  private readonly parts = new Map<number, BucketPart>();

  add(part: BucketPart): void {
    const known = this.parts.get(part.startUs);
    this.parts.set(part.startUs, known ? join(known, part) : part);
  }

  /** @returns the buckets, oldest first */
  buckets(): Bucket[] {
    return [...this.parts.values()]
      .sort((a, b) => a.startUs - b.startUs)
      .map((part) => ({ ...part, mean: roundMean(part), last: part.last.value }));
  }
}

function join(a: BucketPart, b: BucketPart): BucketPart {
  const count = a.count + b.count;
  return {
    startUs: a.startUs,
    count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    // Weighed one by one, because the sum of two finite numbers may be none.
    mean: a.mean * (a.count / count) + b.mean * (b.count / count),
    last: compareReadings(a.last, b.last) > 0 ? a.last : b.last,
  };
}

const DIGITS = 12;

/**
 * A mean without the digits that depend on the order of summation: it is rounded to the 12th significant digit
 * of the bucket's largest value (by size), and stays between the smallest and the largest.
 */
export function roundMean({ min, max, mean }: Pick<Bucket, 'min' | 'max' | 'mean'>): number {
  const digits = DIGITS + exponent(mean) - exponent(Math.max(Math.abs(min), Math.abs(max)));
  const rounded = digits < 1 ? 0 : Number(mean.toPrecision(Math.min(digits, DIGITS)));
  return Math.min(max, Math.max(min, rounded));
}

const MIN_EXPONENT = -324;
const POWERS_OF_TEN = Array.from({ length: 633 }, (_, at) => Number(`1e${at + MIN_EXPONENT}`));

/** The power of ten of a number's first digit; a logarithm alone is one off next to powers of ten. */
function exponent(value: number): number {
  const size = Math.abs(value);
  if (size === 0) return 0;
  const about = Math.floor(Math.log10(size));
  const power = (exponentOfTen: number): number => POWERS_OF_TEN[exponentOfTen - MIN_EXPONENT] ?? Infinity;
  if (size < power(about)) return about - 1;
  return size >= power(about + 1) ? about + 1 : about;
}
