import type { ValidationArguments } from 'class-validator';

import { mustBeMessage } from '../common/validation/must-be.js';
import { parseTimestamp } from './timestamp.js';

/** The longest text that is looked at: no time is longer. */
const MAX_LENGTH = 64;

const DATE = String.raw`\d{4}-\d\d-\d\d`;
const TIME = String.raw`${DATE}[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?`;
const OFFSET = String.raw`(?:[Zz]|[+-]\d\d(?::?\d\d)?)`;

/** Mistakes in texts that are nearly times, and what to do about each. The first that matches counts. */
const MISTAKES: readonly (readonly [form: RegExp, hint: string])[] = [
  [/^\s|\s$/, 'it has a space at its start or end: leave that out'],
  [new RegExp(`^${DATE}$`), 'it is only a date: add a time and a time zone, such as T00:00:00Z'],
  [
    new RegExp(`^${DATE}[Tt ]24:00`),
    'hours end at 23: write midnight at the end of a day as 00:00 of the next day',
  ],
  [new RegExp(`^${TIME}$`), 'it has no time zone: end it with Z for UTC, or with an offset such as +01:00'],
  [
    new RegExp(`^${TIME} \\d\\d:?(?:\\d\\d)?$`),
    'it has a space where its offset begins: a + in a URL means a space, so send it as %2B',
  ],
  [new RegExp(`^${TIME} ${OFFSET}$`), 'it has a space before its time zone: leave that out'],
  [
    new RegExp(`^${TIME} ?${OFFSET}?\\[.*\\]$`),
    'it ends with the name of a time zone: leave out the brackets and what is in them',
  ],
  [
    new RegExp(`^${TIME} ?(?![AaPp][Mm]$)[A-Za-z/_]{2,}$`),
    'it names its time zone: write Z for UTC, or an offset such as +01:00',
  ],
];

const IS_TIME = new RegExp(`^${TIME}${OFFSET}$`);

/** @returns what is wrong with a text that is nearly a time, and how to write it; undefined when that is not clear */
export function hintForTime(input: unknown): string | undefined {
  if (typeof input !== 'string' || input.length > MAX_LENGTH) return undefined;
  const [, hint] = MISTAKES.find(([form]) => form.test(input)) ?? [];
  if (hint !== undefined || !IS_TIME.test(input)) return hint;
  if (parseTimestamp(input.replace(',', '.')) !== undefined)
    return 'it has a comma before the fraction of a second: write a point';
  const year = Number(input.slice(0, 4));
  return year < 1685 || year > 2254 ? 'it lies outside of the years 1685 to 2254' : undefined;
}

/** The message for a time that is wrong, with a hint where the mistake is clear. */
export function mustBeTimeMessage(field: string, rule: string, value: unknown): string {
  const hint = hintForTime(value);
  return mustBeMessage(field, rule, value) + (hint === undefined ? '' : `; ${hint}`);
}

/** Makes the message of a validator of times. */
export function mustBeTime(rule: string): (args?: ValidationArguments) => string {
  return (args) => mustBeTimeMessage(String(args?.property), rule, args?.value);
}
