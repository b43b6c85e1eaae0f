const NUMBER = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 5 });
const COUNT = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const RATE = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });
const AGO = new Intl.RelativeTimeFormat(undefined, { style: 'narrow', numeric: 'always' });
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** The browser's time zone, such as Europe/Berlin: all times are shown in it. */
export const TIME_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A value, in the user's locale. */
export const formatValue = (value: number): string => NUMBER.format(value);
export const formatCount = (value: number): string => COUNT.format(value);
/** A number per second, without the unit. */
export const formatRate = (perSecond: number): string => RATE.format(perSecond);
export const formatTime = (timeMs: number): string => TIME.format(timeMs);
export const formatClock = (timeMs: number): string => CLOCK.format(timeMs);
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

/** An age such as "5m ago", in one suitable unit. */
export function formatAgo(ageMs: number): string {
  const seconds = Math.round(ageMs / 1000);
  if (seconds < 1) return 'now';
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ['second', 1];
  return AGO.format(-Math.floor(seconds / length), unit);
}

/** A duration, such as 1.5 s or 3 min. */
export function formatDuration(seconds: number): string {
  const [unit, length] = seconds < 1 ? (['millisecond', 0.001] as const) : durationUnit(seconds);
  return new Intl.NumberFormat(undefined, { style: 'unit', unit, maximumSignificantDigits: 3 }).format(
    seconds / length,
  );
}

function durationUnit(seconds: number): readonly [string, number] {
  const [unit, length] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ['second', 1];
  return [unit, length];
}
