import { parseDuration } from '../common/config/duration.js';
import { bucketStart, type EvenBuckets } from '../model/bucket.js';
import type { TimeRange } from '../model/time-range.js';
import type { CalendarUnit } from './calendar-edges.js';

/** The most buckets that the range of one answer may span. */
export const MAX_BUCKETS = 10_000;

const MS_US = 1_000;
/** The first Monday after the epoch, which was a Thursday. */
const MONDAY_US = 4 * 86_400_000_000;

const ROUND: readonly (readonly [unit: string, amounts: readonly number[]])[] = [
  ['ms', [1, 2, 5, 10, 20, 50, 100, 200, 500]],
  ['s', [1, 2, 3, 5, 10, 15, 20, 30]],
  ['m', [1, 2, 3, 5, 10, 15, 20, 30]],
  ['h', [1, 2, 3, 4, 6, 8, 12]],
  ['d', [1, 2]],
  // Up to a bucket of all times since 1970 that a timestamp can name.
  ['w', Array.from({ length: 15 }, (_, power) => 2 ** power)],
];

const ROUND_SIZES = ROUND.flatMap(([unit, amounts]) => amounts.map((amount) => `${amount}${unit}`));

/** The values of `every` that mean a unit of the calendar when there is a time zone. */
const CALENDAR_UNITS: Readonly<Record<string, CalendarUnit>> = {
  '1d': 'day',
  '1w': 'week',
  '1mo': 'month',
  '1y': 'year',
};

export const BUCKET_SIZE_RULE =
  'a duration of at least "1ms", such as "30s", "5m", "24h" or "1d", or "1mo" or "1y"';

/** The rule as JSON Schema, which leaves out that fractions are possible, too. */
export const BUCKET_SIZE_PATTERN = String.raw`^([1-9](\d{0,11}ms|\d{0,8}s|\d{0,7}m|\d{0,5}h|\d{0,4}d|\d{0,3}w)|1mo|1y)$`;

export const TIME_ZONE_RULE = 'the name of a time zone, such as "Europe/Berlin" or "UTC"';
/** The rule as JSON Schema, which cannot tell which names there are. */
export const TIME_ZONE_PATTERN = String.raw`^[A-Za-z][\w+\-]*(/[\w+\-]+){0,2}$`;
const TIME_ZONE = new RegExp(TIME_ZONE_PATTERN);

/** @returns a bucket's length in microseconds; undefined when the text is not one */
export function parseBucketSize(text: unknown): number | undefined {
  const exactUs = (typeof text === 'string' ? (parseDuration(text) ?? NaN) : NaN) * MS_US;
  const everyUs = Math.round(exactUs);
  const whole = Math.abs(everyUs - exactUs) < 0.001;
  return whole && everyUs >= MS_US && Number.isSafeInteger(everyUs) ? everyUs : undefined;
}

/** @returns buckets of one length in UTC, of which weeks begin on Mondays; undefined when the text is not a length */
export function parseEvenBuckets(text: string): EvenBuckets | undefined {
  const everyUs = parseBucketSize(text);
  if (everyUs === undefined) return undefined;
  return text.endsWith('w') ? { everyUs, offsetUs: MONDAY_US % everyUs } : { everyUs };
}

/** @returns the unit that `every` means in a time zone; undefined when it means none */
export function parseCalendarUnit(every: string): CalendarUnit | undefined {
  return Object.hasOwn(CALENDAR_UNITS, every) ? CALENDAR_UNITS[every] : undefined;
}

/** Whether a text may be `every`. */
export function isBucketSize(text: unknown): boolean {
  return (
    typeof text === 'string' && (parseBucketSize(text) !== undefined || parseCalendarUnit(text) !== undefined)
  );
}

/** Short names of ICU, which Node.js takes and ECMA-402 and Temporal do not: IST may be the time of India, Ireland or Israel. */
const ICU_SHORT_NAME = /^(?:AC|AE|AG|AR|AS|BE|BS|CA|CN|CS|CT|EA|EC|IE|IS|JS|MI|NE|NS|PL|PN|PR|PS|SS|VS)T$/i;

/** Whether a text names a time zone that Node.js and Temporal know. Offsets are no names. */
export function isTimeZone(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > 64 || !TIME_ZONE.test(text)) return false;
  if (ICU_SHORT_NAME.test(text)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: text }));
  } catch {
    return false;
  }
}

/** How many buckets a range spans, with empty ones and the partial ones at its ends. */
export function countBuckets({ fromUs, toUs }: TimeRange, { everyUs, offsetUs }: EvenBuckets): number {
  const first = bucketStart(fromUs, everyUs, offsetUs);
  return Math.round((bucketStart(toUs - 1, everyUs, offsetUs) - first) / everyUs) + 1;
}

/**
 * The smallest round size so that a range has at most `points` buckets.
 * @returns undefined for 1 point and a range in which two weeks meet, whatever their number
 */
export function roundBucketSize(range: TimeRange, points: number): string | undefined {
  return ROUND_SIZES.find((every) => {
    const buckets = parseEvenBuckets(every);
    return buckets && countBuckets(range, buckets) <= points;
  });
}
