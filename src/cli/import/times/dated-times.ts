import { parseTimestamp } from '../../../model/timestamp.js';

/** A date and time of day: microseconds since 1970-01-01T00:00, in UTC when it says its offset, else on the clock of its zone. */
export interface DatedTime {
  readonly us: number;
  readonly isLocal: boolean;
}

const OFFSET = /(?:[Zz]|[+-]\d\d(?::?\d\d)?)$/;
/** Where the offset of the shortest time can begin: behind 2026-01-30T14:18. */
const OFFSET_AT = 16;

const USUAL =
  /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[Tt ]+(\d{1,2})(:\d\d)?(:\d\d(?:[.,]\d+)?)? ?([Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?$/;

/**
 * Reads RFC 3339 and what is written nearly so: year first, without seconds, a time of day or leading zeros, or with UTC, GMT or a
 * comma before the fraction. Digits beyond the microsecond are cut off.
 * @returns undefined when it is no such time
 */
export function parseDated(text: string): DatedTime | undefined {
  return parseRfc3339(text) ?? parseRfc3339(toRfc3339(text));
}

function parseRfc3339(text: string): DatedTime | undefined {
  const last = text.charCodeAt(text.length - 1);
  // Most times end with a digit or Z; an offset ends with a digit, too.
  const isLocal = last !== 90 && last !== 122 && !OFFSET.test(text.slice(OFFSET_AT));
  const us = parseTimestamp(isLocal ? `${text}Z` : text);
  return us === undefined ? undefined : { us, isLocal };
}

function toRfc3339(text: string): string {
  const [, year, , month, day, hour, minute, second = '', zone = ''] = USUAL.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return '';
  if (hour !== undefined && minute === undefined) return '';
  const offset = /^(?:UTC|GMT)$/.test(zone) ? 'Z' : zone;
  const time = `${(hour ?? '').padStart(2, '0')}${minute ?? ':00'}${second.replace(',', '.')}`;
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${time}${offset}`;
}

/** Whether a text is a date whose first number may be a day or a month. */
export function isAmbiguousDate(text: string): boolean {
  return /^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d)/.test(text);
}
