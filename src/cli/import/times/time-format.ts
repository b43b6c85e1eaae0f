import { parseTimestamp } from '../../../model/timestamp.js';
import { ImportFileError } from '../import-file-error.js';
import type { DatedTime } from './dated-times.js';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Pattern letters as Unicode (UTS 35) and date-fns have them, and what each reads. */
const PARTS: Readonly<Record<string, string>> = {
  yyyy: String.raw`(?<year>\d{4})`,
  yy: String.raw`(?<shortYear>\d\d)`,
  MMM: `(?<monthName>${MONTHS.join('|')})`,
  MM: String.raw`(?<month>\d\d)`,
  M: String.raw`(?<month>\d\d?)`,
  dd: String.raw`(?<day>\d\d)`,
  d: String.raw`(?<day>\d\d?)`,
  HH: String.raw`(?<hour>\d\d)`,
  H: String.raw`(?<hour>\d\d?)`,
  hh: String.raw`(?<hour12>\d\d)`,
  h: String.raw`(?<hour12>\d\d?)`,
  mm: String.raw`(?<minute>\d\d)`,
  m: String.raw`(?<minute>\d\d?)`,
  ss: String.raw`(?<second>\d\d)`,
  s: String.raw`(?<second>\d\d?)`,
  a: String.raw`(?<half>[ap])\.?m\.?`,
  X: String.raw`(?<offset>z|[+-]\d\d(?::?\d\d)?)`,
};
const LETTERS = "yyyy, yy, MMM, MM, M, dd, d, HH, H, hh, h, mm, m, ss, s, S, a, X, and text in 'quotes'";

/** Years of two digits are 1970 to 2069, as POSIX has them but for one year. */
const CENTURY_FROM = 70;

/** Reads times of one format, such as `dd.MM.yyyy HH:mm:ss`. */
export class TimeFormat {
  private readonly pattern: RegExp;

  /** @throws ImportFileError when the format has unknown letters, or does not give a date */
  constructor(format: string) {
    refuseSwappedLetters(format);
    const source = compile(format);
    const has = (...names: string[]): boolean => names.some((name) => source.includes(`<${name}>`));
    if (
      !has('year', 'shortYear') ||
      !has('month', 'monthName') ||
      !has('day') ||
      has('hour12') !== has('half')
    )
      throw new ImportFileError(
        `--time-format ${format} must give year, month and day, and a together with h or hh; the letters are ${LETTERS}`,
      );
    try {
      this.pattern = new RegExp(`^${source}$`, 'i');
    } catch {
      throw new ImportFileError(`--time-format ${format} gives a part of the time twice`);
    }
  }

  /** @returns undefined when the text has another format, or there is no such day or time of day */
  parse(text: string): DatedTime | undefined {
    const parts = this.pattern.exec(text)?.groups;
    if (!parts) return undefined;
    const { fraction, offset } = parts;
    const hour = hourOf(parts);
    if (hour === undefined) return undefined;
    const date = `${yearOf(parts)}-${two(monthOf(parts))}-${two(parts.day)}`;
    const time = `${hour}:${two(parts.minute)}:${two(parts.second)}${fraction === undefined ? '' : `.${fraction}`}`;
    const us = parseTimestamp(`${date}T${time}${offset ?? 'Z'}`);
    return us === undefined ? undefined : { us, isLocal: offset === undefined };
  }
}

type Parts = Partial<Record<string, string>>;

function two(digits = '0'): string {
  return digits.padStart(2, '0');
}

function yearOf({ year, shortYear }: Parts): string {
  return year ?? `${Number(shortYear) >= CENTURY_FROM ? '19' : '20'}${shortYear ?? ''}`;
}

function monthOf({ month, monthName }: Parts): string {
  return month ?? String(MONTHS.indexOf((monthName ?? '').toLowerCase()) + 1);
}

/** 12 am is midnight, 12 pm is noon. */
function hourOf({ hour, hour12, half }: Parts): string | undefined {
  if (hour12 === undefined) return two(hour);
  const number = Number(hour12);
  if (number < 1 || number > 12) return undefined;
  return two(String((number % 12) + (half?.toLowerCase() === 'p' ? 12 : 0)));
}

const TOKENS = /'(?<quoted>[^']*)'|(?<letters>([A-Za-z])\3*)|(?<other>[\s\S])/g;

/** Minutes follow the hour; a month is not between colons. */
function refuseSwappedLetters(format: string): void {
  let last = '';
  let between = '';
  for (const { groups = {} } of format.matchAll(TOKENS)) {
    const { letters } = groups;
    if (letters === undefined) {
      between += groups.quoted ?? groups.other ?? '';
      continue;
    }
    const isMinute = /^m+$/.test(letters);
    const isTimeBefore = between.includes(':');
    if ((isMinute && !/^[Hh]+$/.test(last)) || (isTimeBefore && (/^M+$/.test(letters) || /^M+$/.test(last))))
      throw new ImportFileError(
        `--time-format ${format} mixes up months and minutes: MM is the month, and mm are the minutes, which follow the hour`,
      );
    last = letters;
    between = '';
  }
}

function compile(format: string): string {
  const tokens = format.matchAll(TOKENS);
  let source = '';
  for (const { groups = {} } of tokens) {
    const { quoted, letters, other } = groups;
    if (letters === undefined) source += escape(quoted === '' ? "'" : (quoted ?? other ?? ''));
    else source += part(letters, format);
  }
  return source;
}

function part(letters: string, format: string): string {
  // S is a fraction of any length, SSS one of three digits.
  if (/^S+$/.test(letters))
    return letters === 'S' ? String.raw`(?<fraction>\d+)` : String.raw`(?<fraction>\d{${letters.length}})`;
  const name = /^(?:X+|Z+|a+)$/.test(letters) ? letters.charAt(0).replace('Z', 'X') : letters;
  const source = PARTS[name];
  if (source === undefined)
    throw new ImportFileError(
      `--time-format ${format} has the unknown letters ${letters}; known are ${LETTERS}`,
    );
  return source;
}

function escape(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, (character) =>
    /\s/.test(character) ? String.raw`\s` : `\\${character}`,
  );
}
