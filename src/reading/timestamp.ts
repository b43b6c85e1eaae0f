const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)$/;

export const TIMESTAMP_RULE =
  'an RFC 3339 time such as "2026-01-30T14:18:38.123456Z", or milliseconds since the Unix epoch';

/** The most milliseconds, before or after the epoch, whose microseconds are a safe integer. */
export const MAX_TIMESTAMP_MS = Number.MAX_SAFE_INTEGER / 1000;

/**
 * Reads a timestamp as clients send it: RFC 3339 text (digits beyond the microsecond are cut off),
 * or a number of milliseconds since the Unix epoch (a fraction counts down to the microsecond).
 * @returns microseconds since the Unix epoch, a safe integer; undefined when it is no timestamp
 */
export function parseTimestamp(input: unknown): number | undefined {
  const timestampUs =
    typeof input === 'number'
      ? Math.round(input * 1000)
      : typeof input === 'string'
        ? parseRfc3339(input)
        : NaN;
  return Number.isSafeInteger(timestampUs) ? timestampUs : undefined;
}

/** As parseTimestamp, for a query string, where epoch milliseconds are digits. */
export function parseTimestampText(input: unknown): number | undefined {
  return parseTimestamp(typeof input === 'string' && /^-?\d+(\.\d+)?$/.test(input) ? Number(input) : input);
}

function parseRfc3339(text: string): number {
  const match = RFC_3339.exec(text);
  if (!match) return NaN;
  const [, date = '', hours, minutes, wholeSeconds, fraction = '', offset = 'Z'] = match;
  const hour = Number(hours);
  const minute = Number(minutes);
  const second = Number(wholeSeconds);
  const offsetHour = Number(offset.slice(1, 3));
  const offsetMinute = Number(offset.slice(4, 6));
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return NaN;
  // A leap second, :60, is the second that follows it.
  const offsetMinutes = (offset.startsWith('-') ? -1 : 1) * (offsetHour * 60 + offsetMinute);
  const seconds = startOfDay(date) + hour * 3600 + (minute - offsetMinutes) * 60 + second;
  return seconds * 1e6 + (fraction === '' ? 0 : Number(fraction.slice(0, 6).padEnd(6, '0')));
}

/** The last day that was read: most timestamps are of the day of the one before. */
let lastDay = { date: '1970-01-01', seconds: 0 };

/** @returns seconds since the Unix epoch; NaN when there is no such day */
function startOfDay(date: string): number {
  if (date === lastDay.date) return lastDay.seconds;
  const [year = NaN, month = NaN, day = NaN] = date.split('-').map(Number);
  // A year below 100 would be taken for 19xx by Date.UTC.
  const start = new Date(0);
  start.setUTCFullYear(year, month - 1, day);
  const isDay =
    start.getUTCFullYear() === year && start.getUTCMonth() === month - 1 && start.getUTCDate() === day;
  lastDay = { date, seconds: isDay ? start.getTime() / 1000 : NaN };
  return lastDay.seconds;
}

const DAY_S = 86_400;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** The last day, and the last second of it, that were formatted: of live readings most are of the same one. */
let formattedDay = { day: 0, text: '1970-01-01' };
let formatted = { seconds: 0, text: '1970-01-01T00:00:00' };

/** @returns RFC 3339 in UTC, with as many fraction digits as needed and none for a whole second */
export function formatTimestamp(timestampUs: number): string {
  const seconds = Math.floor(timestampUs / 1e6);
  const fractionUs = timestampUs - seconds * 1e6;
  if (seconds !== formatted.seconds) formatted = { seconds, text: formatSeconds(seconds) };
  if (fractionUs === 0) return `${formatted.text}Z`;
  return `${formatted.text}.${fractionUs.toString().padStart(6, '0').replace(/0+$/, '')}Z`;
}

/** As Date.toISOString(), in a third of the time. */
function formatSeconds(seconds: number): string {
  const day = Math.floor(seconds / DAY_S);
  if (day !== formattedDay.day)
    formattedDay = { day, text: new Date(day * DAY_S * 1000).toISOString().split('T')[0] ?? '' };
  const second = seconds - day * DAY_S;
  const [hours, minutes] = [Math.floor(second / 3600), Math.floor(second / 60) % 60];
  return `${formattedDay.text}T${TWO_DIGITS[hours] ?? ''}:${TWO_DIGITS[minutes] ?? ''}:${TWO_DIGITS[second % 60] ?? ''}`;
}
