import { formatValue } from '../../../common/errors/format-value.js';
import { type TimeUnit, UNIT_NAMES } from '../../../model/precision.js';

/** How many digits a number of this unit has from 2001 to 2286: a number of as many digits can mean no other unit. */
const DIGITS: Readonly<Record<TimeUnit, number>> = { s: 10, ms: 13, us: 16, ns: 19 };
const UNITS = Object.keys(DIGITS) as TimeUnit[];
/** Digits of microseconds in one unit. */
const US_DIGITS: Readonly<Record<TimeUnit, number>> = { s: 6, ms: 3, us: 0, ns: -3 };

const EPOCH = /^(-?)(\d{1,19})(?:\.(\d{0,30}))?$/;
const ZEROS = '000000';

/** Whether a text is a number as times since the Unix epoch are, of whatever unit. */
export function isEpochNumber(text: string): boolean {
  return EPOCH.test(text);
}

/** The unit that a time has without doubt, by its number of digits. */
export function unmistakableUnit(text: string): TimeUnit | undefined {
  return unitOfDigits(EPOCH.exec(text)?.[2] ?? '');
}

/** No time since 2001 begins with a zero. */
function unitOfDigits(digits: string): TimeUnit | undefined {
  return digits.startsWith('0') ? undefined : UNITS.find((unit) => DIGITS[unit] === digits.length);
}

const SHORT_DATE =
  /^(?:\d\d|(?:19|20)\d\d(?=\d{6}$))(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])(?:[0-5]\d)?$/;

/** Whether ten digits may be a date: YYMMDDHHmm, or YYYYMMDDHH. */
export function isShortDate(text: string): boolean {
  return text.length === DIGITS.s && SHORT_DATE.test(text);
}

/**
 * Reads a time since the Unix epoch without rounding; what is finer than a microsecond is cut off towards the past.
 * @returns microseconds, or why the text is no such time
 */
export function parseEpoch(text: string, unit: TimeUnit): number | string {
  const [, sign, whole, fraction = ''] = EPOCH.exec(text) ?? [];
  if (whole === undefined)
    return `must be ${UNIT_NAMES[unit]} since 1970, a number of at most 19 digits, got ${formatValue(text)}`;
  const looks = whole.length === DIGITS[unit] ? unit : unitOfDigits(whole);
  if (looks !== undefined && looks !== unit)
    return `${text} looks like ${UNIT_NAMES[looks]}, but the times of the file are ${UNIT_NAMES[unit]}`;
  const digits = US_DIGITS[unit];
  const kept =
    digits < 0 ? whole.slice(0, digits) : whole + (fraction + ZEROS.slice(0, digits)).slice(0, digits);
  const cut = digits < 0 ? whole.slice(digits) + fraction : fraction.slice(digits);
  const us = Number(kept);
  if (!Number.isSafeInteger(us)) return `${text} is beyond the years that can be stored`;
  if (sign === '') return us;
  return /[1-9]/.test(cut) ? -us - 1 : 0 - us;
}
