import { nowMs } from './clock.js';

const NUMBER = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 5 });
const EXPONENT = new Intl.NumberFormat(undefined, { notation: 'scientific', maximumSignificantDigits: 5 });
const COUNT = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const RATE = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const TIME_PARTS = {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
} as const;
const TIME = new Intl.DateTimeFormat(undefined, TIME_PARTS);
const TIME_WITH_YEAR = new Intl.DateTimeFormat(undefined, { year: 'numeric', ...TIME_PARTS });
const DATE = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const DATE_WITH_YEAR = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const MINUTES = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const AGO = new Intl.RelativeTimeFormat(undefined, { style: 'narrow', numeric: 'always' });
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];
/** From here on values have no decimals, and all digits before them. */
const WHOLE = 1e5;
/** Larger values, and smaller ones than the other, have an exponent: nobody counts so many zeros. */
const LARGE = 1e12;
const SMALL = 1e-9;
/** A time that is ahead by no more than this counts as now: clocks differ. */
const AHEAD_MS = 5_000;

/** The browser's time zone, such as Europe/Berlin: all times are shown in it. */
export const TIME_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A value, in the user's locale. */
export function formatValue(value: number): string {
  const format = hasExponent(value) ? EXPONENT : Math.abs(value) >= WHOLE ? COUNT : NUMBER;
  // Adding 0 makes 0 of -0.
  return format.format(value + 0);
}

/** Whether a value is so large or small that it is written with an exponent. */
export function hasExponent(value: number): boolean {
  const size = Math.abs(value);
  return size >= LARGE || (size > 0 && size < SMALL);
}

export const formatCount = (value: number): string => COUNT.format(value);
/** A number per second, without the unit. */
export const formatRate = (perSecond: number): string => RATE.format(perSecond);
/** A time with its date, and with its year when it is not this one. */
export const formatTime = (timeMs: number): string =>
  (isThisYear(timeMs) ? TIME : TIME_WITH_YEAR).format(timeMs);
/** The date of a time, with its year when it is not this one. */
export const formatDate = (timeMs: number): string =>
  (isThisYear(timeMs) ? DATE : DATE_WITH_YEAR).format(timeMs);
export const formatClock = (timeMs: number): string => CLOCK.format(timeMs);
/** Hours and minutes of a time today; otherwise its date, too. */
export function formatMoment(timeMs: number): string {
  const isToday = formatDay(timeMs) === formatDay(nowMs());
  return isToday ? MINUTES.format(timeMs) : `${formatDate(timeMs)}, ${MINUTES.format(timeMs)}`;
}
/** The day of a time, in the user's time zone. */
export const formatDay = (timeMs: number): string => DAY.format(timeMs);

/** Bytes in a suitable unit; units are powers of 1000, as for disks. */
export function formatBytes(bytes: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit: BYTE_UNITS[power],
    maximumSignificantDigits: 3,
  }).format(bytes / 1000 ** power);
}

/** An age such as "5m ago", in one suitable unit; "50m ahead" for a time that is still to come. */
export function formatAgo(ageMs: number): string {
  if (isAhead(ageMs)) return `${formatLasting(-ageMs)} ahead`;
  const seconds = Math.round(ageMs / 1000);
  if (seconds < 1) return 'now';
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ['second', 1];
  return AGO.format(-Math.floor(seconds / length), unit);
}

/** Whether a time is still to come, by more than clocks usually differ. @param ageMs how long ago it was */
export function isAhead(ageMs: number): boolean {
  return ageMs < -AHEAD_MS;
}

/** How long something lasts, in one unit without a fraction, such as "12 min". */
export function formatLasting(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ['second', 1];
  const format = new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'narrow' });
  return format.format(Math.floor(seconds / length));
}

/** A duration, such as 1.5 s or 3 min. */
export function formatDuration(seconds: number): string {
  const [unit, length] = seconds < 1 ? (['millisecond', 0.001] as const) : durationUnit(seconds);
  return new Intl.NumberFormat(undefined, { style: 'unit', unit, maximumSignificantDigits: 3 }).format(
    seconds / length,
  );
}

/** A measured duration: exact below a minute, then as formatLasting has it. */
export function formatMeasured(ms: number): string {
  return ms < 60_000 ? formatDuration(ms / 1000) : formatLasting(ms);
}

function durationUnit(seconds: number): readonly [string, number] {
  const [unit, length] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ['second', 1];
  return [unit, length];
}

function isThisYear(timeMs: number): boolean {
  return new Date(timeMs).getFullYear() === new Date(nowMs()).getFullYear();
}
