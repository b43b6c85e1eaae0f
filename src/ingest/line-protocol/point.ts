import { formatValue } from '../../common/errors/format-value.js';
import { mustBeMessage } from '../../common/validation/must-be.js';
import type { Precision } from '../../model/precision.js';
import { SentTimes } from '../sent-times.js';
import { meaningOf } from '../timestamp-meaning.js';

/** A line of one reading has some hundred characters; names may be escaped, and fields repeated. */
export const MAX_LINE_LENGTH = 16_384;
/** The largest number that is written without an exponent has 309 digits before its point. */
const MAX_NUMBER_LENGTH = 400;
const MAX_TIMESTAMP_LENGTH = 21;

const US_PER_UNIT: Readonly<Record<Exclude<Precision, 'ns'>, bigint>> = { us: 1n, ms: 1_000n, s: 1_000_000n };

/** One line of line protocol. */
export interface Point {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  /** The values as they are written; of a repeated field the last one. */
  readonly fields: ReadonlyMap<string, string>;
  /** Microseconds since the Unix epoch, a safe integer. */
  readonly timestampUs: number | undefined;
}

/** A line cannot be parsed. */
export class LineError extends Error {
  /** @param reason words the problem; called only when the answer names the line */
  constructor(readonly reason: () => string) {
    // Nobody needs a stack trace here, and to make one takes longer than to read the line.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super();
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Reads one line by the whole syntax: escapes, quotes, tags and fields in any order.
 * @param line without spaces at its ends
 * @throws LineError when it cannot be parsed
 */
export function parsePoint(line: string, precision: Precision): Point {
  if (line.length > MAX_LINE_LENGTH)
    throw new LineError(() => `it must be at most ${MAX_LINE_LENGTH} characters long, got ${line.length}`);
  const keyEnd = endOf(line, 0, ' ');
  const [measurement = '', ...tags] = splitAt(line.slice(0, keyEnd), ',');
  const fieldsStart = skipSpaces(line, keyEnd);
  if (fieldsStart >= line.length) throw new LineError(() => 'it has no fields; it needs value=<number>');
  const fieldsEnd = endOfFields(line, fieldsStart);
  const time = line.slice(fieldsEnd).trim();
  return {
    measurement: unescape(measurement),
    tags: readPairs(tags, 'tag'),
    fields: readPairs(splitAt(line.slice(fieldsStart, fieldsEnd), ',', true), 'field'),
    timestampUs: time === '' ? undefined : toTimestamp(time, precision),
  };
}

/**
 * Reads the value of a field.
 * @param name the field, for the message
 * @returns a finite number; a text says what is wrong: it is a text or a boolean, or not stored exactly
 */
export function readNumber(name: string, text: string | undefined): number | string {
  const short = text !== undefined && text.length <= MAX_NUMBER_LENGTH ? text : '';
  const isInteger = /^[-+]?\d+[iu]$/.test(short);
  const isFloat = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(short);
  const number = isInteger ? Number(short.slice(0, -1)) : isFloat ? Number(short) : NaN;
  if (!Number.isFinite(number)) return mustBeMessage(`field ${name}`, 'a finite number', text);
  if (isInteger && !Number.isSafeInteger(number)) {
    const rule = `an integer of at most ${Number.MAX_SAFE_INTEGER}; larger ones cannot be stored exactly`;
    return mustBeMessage(`field ${name}`, rule, text);
  }
  return number;
}

/** @returns the index of the first unescaped `character` from `from` on; the line's length when there is none */
function endOf(line: string, from: number, character: string): number {
  for (let at = line.indexOf(character, from); at >= 0; at = line.indexOf(character, at + 1)) {
    if (line[at - 1] !== '\\') return at;
  }
  return line.length;
}

function skipSpaces(line: string, from: number): number {
  let at = from;
  while (line[at] === ' ') at += 1;
  return at;
}

/** @returns the index of the first space that is neither escaped nor quoted: there the fields end */
function endOfFields(line: string, from: number): number {
  if (!line.includes('"', from)) return endOf(line, from, ' ');
  let quoted = false;
  for (let at = from; at < line.length; at += 1) {
    const character = line[at];
    if (character === '\\') at += 1;
    else if (character === '"' && (quoted || line[at - 1] === '=')) quoted = !quoted;
    else if (character === ' ' && !quoted) return at;
  }
  if (quoted) throw new LineError(() => 'a quoted text has no closing quote');
  return line.length;
}

function splitAt(text: string, separator: string, quotes = false): string[] {
  if (!text.includes('\\') && !(quotes && text.includes('"'))) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (quotes && character === '"' && (quoted || text[at - 1] === '=')) quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** Splits each part into key and value. A tag may appear once; of a repeated field the last value counts. */
function readPairs(parts: readonly string[], what: 'tag' | 'field'): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const part of parts) {
    const equals = endOf(part, 0, '=');
    const key = unescape(part.slice(0, equals));
    if (equals === part.length)
      throw new LineError(() => `${what} ${formatValue(part)} must be written as key=value`);
    if (what === 'tag' && pairs.has(key)) throw new LineError(() => `tag ${key} appears twice`);
    const raw = part.slice(equals + 1);
    pairs.set(key, what === 'tag' ? unescape(raw) : raw);
  }
  return pairs;
}

/** Comma, equals sign and space can be escaped; before any other character a backslash is just a backslash. */
function unescape(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,= ])/g, '$1') : text;
}

function toTimestamp(text: string, precision: Precision): number {
  if (text.length > MAX_TIMESTAMP_LENGTH || !/^[-+]?\d{1,20}$/.test(text))
    throw new LineError(() => mustBeMessage('the timestamp', `an integer in ${precision}`, text));
  const count = BigInt(text.replace('+', ''));
  const us = precision === 'ns' ? floorDivide(count, 1000n) : count * US_PER_UNIT[precision];
  const timestampUs = Number(us);
  if (!Number.isSafeInteger(timestampUs))
    throw new LineError(() => {
      const message = mustBeMessage('the timestamp', `within the years 1684 to 2255 in ${precision}`, text);
      const meaning = meaningOf(Number(text), new SentTimes(precision, 'line protocol'));
      return meaning === undefined ? message : `${message}; ${meaning}`;
    });
  return timestampUs;
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
