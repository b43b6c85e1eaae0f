const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['year', 31_536_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];
const FORMATS = new Map(
  UNITS.map(([unit]) => [
    unit,
    new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'short' }),
  ]),
);
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const DAY_AND_CLOCK = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: 'numeric',
  minute: '2-digit',
});
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** How long something lasts, in one unit without a fraction, such as "12 min". */
export function formatLasting(ms: number): string {
  const [unit, length] = UNITS.find(([, size]) => ms >= size) ?? ['second', 1_000];
  return FORMATS.get(unit)?.format(Math.max(0, Math.floor(ms / length))) ?? '';
}

/** A time as short as it can be understood: "14:05" today, "28 Nov, 14:05" this year, else the day. */
export function formatSince(timeMs: number, nowMs: number): string {
  const time = new Date(timeMs);
  const now = new Date(nowMs);
  if (time.toDateString() === now.toDateString()) return CLOCK.format(time);
  return (time.getFullYear() === now.getFullYear() ? DAY_AND_CLOCK : DAY).format(time);
}
