import { GatewayError } from '../common/errors/gateway-error.js';
import { formatValue } from '../common/errors/format-value.js';
import type { BucketSpans } from '../model/bucket.js';
import { type TimeRange, timeRange } from '../model/time-range.js';
import {
  countBuckets,
  MAX_BUCKETS,
  parseCalendarUnit,
  parseEvenBuckets,
  roundBucketSize,
} from './bucket-size.js';
import { calendarEdges, type CalendarUnit } from './calendar-edges.js';
import type { HistoryQueryDto, SeveralQueryDto } from './history-query.dto.js';

/** A range to read. */
export interface HistoryRange extends TimeRange {
  readonly newestFirst: boolean;
  /** Absent for all zones. */
  readonly zone?: string;
  /** Absent for raw readings. */
  readonly buckets?: {
    readonly spans: BucketSpans;
    /** The query parameters that give the same buckets. */
    readonly parameters: Readonly<Record<string, string>>;
  };
}

/** The lengths of units that are never longer, and what to ask for instead when these are too many. */
const UNITS: Readonly<Record<CalendarUnit, { readonly days: number; readonly longer: CalendarUnit }>> = {
  day: { days: 1, longer: 'week' },
  week: { days: 7, longer: 'month' },
  month: { days: 28, longer: 'year' },
  year: { days: 365, longer: 'year' },
};
const EVERY: Readonly<Record<CalendarUnit, string>> = { day: '1d', week: '1w', month: '1mo', year: '1y' };
const DAY_US = 86_400_000_000;

/**
 * The range of a validated query.
 * @throws GatewayError INVALID_PARAMETER when parameters do not fit together
 */
export async function historyRange(
  query: HistoryQueryDto & Omit<SeveralQueryDto, 'sensorId'>,
): Promise<HistoryRange> {
  const newestFirst = query.order === 'desc';
  const { every, points, cursor, tz, zone } = query;
  const range = { ...timeRange(query.from, query.to), newestFirst, zone };
  if (every !== undefined && points !== undefined)
    throw wrong(
      'points',
      `points must not be given together with every, got ${points} and every ${formatValue(every)}`,
    );
  const unit = every === undefined ? undefined : parseCalendarUnit(every);
  if (tz !== undefined && unit === undefined)
    throw wrong(
      'tz',
      `tz must be given with every=1d, 1w, 1mo or 1y only, got ${formatValue(tz)} and ${every === undefined ? 'no every' : `every ${formatValue(every)}`}`,
    );
  const size = points === undefined ? every : sizeFor(range, points);
  if (size === undefined) return range;
  if (zone !== undefined)
    throw wrong(
      'zone',
      `zone must not be given with buckets, which count the readings of all zones, got ${formatValue(zone)}`,
    );
  if (cursor !== undefined)
    throw wrong(
      'cursor',
      `cursor must not be given with buckets, got ${formatValue(cursor)}; their Link header continues with from`,
    );
  const even = isUtc(tz) ? parseEvenBuckets(size) : undefined;
  const spans = even ?? (unit && (await calendarBuckets(range, unit, tz ?? 'UTC')));
  if (!spans) throw new Error(`No buckets for every ${size}`);
  if (even) {
    const count = countBuckets(range, even);
    if (count > MAX_BUCKETS) throw tooMany(size, String(count), roundBucketSize(range, MAX_BUCKETS) ?? size);
  }
  return { ...range, buckets: { spans, parameters: { every: size, ...(tz !== undefined && { tz }) } } };
}

function isUtc(tz: string | undefined): boolean {
  return tz === undefined || tz.toUpperCase() === 'UTC';
}

async function calendarBuckets(range: TimeRange, unit: CalendarUnit, tz: string): Promise<BucketSpans> {
  const most = (range.toUs - range.fromUs) / DAY_US;
  // So that no more edges are computed than are needed to see that there are too many.
  const isFar = most / UNITS[unit].days > MAX_BUCKETS * 1.1;
  const edgesUs = isFar ? [] : await calendarEdges(range, unit, tz);
  if (!isFar && edgesUs.length - 1 <= MAX_BUCKETS) return { edgesUs };
  let { longer } = UNITS[unit];
  while (most / UNITS[longer].days > MAX_BUCKETS - 2) longer = UNITS[longer].longer;
  const count = isFar ? `about ${Math.round(most / UNITS[unit].days)}` : String(edgesUs.length - 1);
  throw tooMany(EVERY[unit], count, EVERY[longer]);
}

function tooMany(every: string, count: string, enough: string): GatewayError {
  return wrong(
    'every',
    `every must be so long that at most ${MAX_BUCKETS} buckets span the range, such as ${enough}, got ${formatValue(every)}, which makes ${count}`,
  );
}

function sizeFor(range: TimeRange, points: number): string {
  const size = roundBucketSize(range, points);
  if (size === undefined)
    throw wrong(
      'points',
      `points must be at least 2 when the range contains 1970-01-05T00:00:00Z, got ${points}`,
    );
  return size;
}

/** The refusal of one parameter. */
export function wrong(path: string, message: string): GatewayError {
  return new GatewayError('INVALID_PARAMETER', message, { errors: [{ path, message }] });
}
