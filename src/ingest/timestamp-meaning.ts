import { type Precision, UNIT_NAMES, US_PER_UNIT } from '../model/precision.js';
import type { SentTimes } from './sent-times.js';

const DAY_US = 86_400_000_000;
const YEAR_US = 366 * DAY_US;
/** The clock of the device may also be wrong. */
const AHEAD_US = 31 * DAY_US;
/** Less than a year: some clocks count from 2001. */
const OTHER_EPOCH_US = 300 * DAY_US;
/** 2001-09-09, when seconds got their tenth digit. */
const BILLION_SECONDS_US = 1e15;
/** A gateway whose clock is before this time, 2026-01-01, cannot judge what is near to now. */
const CLOCK_IS_SET_US = Date.UTC(2026, 0, 1) * 1000;

/** From the most usual on. */
const UNITS: readonly Precision[] = ['s', 'ms', 'us', 'ns'];

/** Other beginnings that clocks count seconds from: what to add for the Unix epoch, and whose clocks they are. */
const EPOCHS: readonly (readonly [toUnixSeconds: number, name: string])[] = [
  [946_684_800, 'since 2000, as MicroPython counts'],
  [-2_208_988_800, 'since 1900, as NTP counts'],
];

/** Says what a refused date was probably meant to be. @returns undefined when it does not show that */
export function meaningOfDate(timestampUs: number): string | undefined {
  return isUptime(timestampUs) ? UNSET : undefined;
}

interface Circumstances {
  readonly nowUs?: number;
  /** Whether the number is sent as a text, in JSON. */
  readonly isQuoted?: boolean;
}

/**
 * Says what a refused number was probably meant to be, and how to send that: as far as the number shows it.
 * @param count the number, in the unit that the request names
 * @returns undefined when the number does not show it
 */
export function meaningOf(
  count: number,
  sent: SentTimes,
  { nowUs = Date.now() * 1000, isQuoted = false }: Circumstances = {},
): string | undefined {
  const isSmall = isUptime(count * US_PER_UNIT[sent.precision]);
  const uptime = isSmall && !isQuoted ? UPTIME : undefined;
  if (nowUs < CLOCK_IS_SET_US) return uptime;
  const units = UNITS.filter((unit) => unit !== sent.precision);
  const inUnit = (unit: Precision): number => count * US_PER_UNIT[unit];
  const unit = units.find((one) => isRecent(inUnit(one), nowUs));
  if (unit) return `it looks like ${UNIT_NAMES[unit]}: ${howToSend(unit, sent, isQuoted)}`;
  const epoch = EPOCHS.find(([toUnix]) => isRecent((count + toUnix) * 1e6, nowUs, OTHER_EPOCH_US));
  if (epoch) return `it looks like seconds ${epoch[1]}: ${howToShift(epoch[0], sent)}`;
  const pastUnit = units.find((one) => isPast(inUnit(one), nowUs));
  if (!pastUnit) return uptime;
  const how = howToSend(pastUnit, sent, isQuoted);
  // A device that has run for two weeks sends as many milliseconds as there were seconds in 2008.
  return isSmall
    ? `it may be ${UNIT_NAMES[pastUnit]} (then ${how}), or the time since the device started (then leave the timestamp out)`
    : `it looks like ${UNIT_NAMES[pastUnit]}: ${how}`;
}

const STAMPS = 'leave the timestamp out, and the gateway stamps the reading';
const UPTIME = `it looks like the time since the device started, or like a clock that was never set: ${STAMPS}`;
const UNSET = `it looks like a clock that was never set: set it, or ${STAMPS}`;

function isUptime(timestampUs: number): boolean {
  return timestampUs >= 0 && timestampUs < YEAR_US;
}

function isRecent(timestampUs: number, nowUs: number, withinUs = YEAR_US): boolean {
  return timestampUs > nowUs - withinUs && timestampUs < nowUs + AHEAD_US;
}

function isPast(timestampUs: number, nowUs: number): boolean {
  return timestampUs >= BILLION_SECONDS_US && timestampUs < nowUs;
}

function howToSend(unit: Precision, sent: SentTimes, isQuoted: boolean): string {
  if (sent.format === 'line protocol') return `write with precision=${unit}`;
  const digits =
    unit === 'ns' && !isQuoted
      ? ' and send the digits in quotes, because a JSON number cannot hold them'
      : '';
  return `${setPrecision(unit, sent)}${digits}, or send RFC 3339`;
}

function howToShift(toUnixSeconds: number, sent: SentTimes): string {
  const shift = toUnixSeconds < 0 ? `subtract ${-toUnixSeconds}` : `add ${toUnixSeconds}`;
  if (sent.format === 'line protocol')
    return sent.precision === 's' ? shift : `${shift}, and write with precision=s`;
  return sent.precision === 's'
    ? `${shift}, or send RFC 3339`
    : `${shift} and send ?precision=s, or send RFC 3339`;
}

function setPrecision(unit: Precision, { precision }: SentTimes): string {
  return `${precision === 'ms' ? 'add' : 'use'} ?precision=${unit}`;
}
