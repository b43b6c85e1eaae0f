import { formatValue } from '../../common/errors/format-value.js';
import { BACKSLASH, COMMA, EQUALS, endsOf, findUnescaped, isEscaped, QUOTE, SPACE } from './characters.js';
import { LineError } from './line-error.js';

const NAME_ENDS = endsOf('=');
const INTEGER = /^-?\d+i$/;
const UNSIGNED = /^\d+u$/;
const FLOAT = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;
const BOOLEAN = /^(?:t|T|true|True|TRUE|f|F|false|False|FALSE)$/;
const IS_NUMBER = /^[-.\dNn]/;

/**
 * Checks the fields, each with its value.
 * @returns the index after them: of the space before the timestamp, or the line's length
 * @throws LineError
 */
export function checkFields(line: string, start: number): number {
  let isQuoted = false;
  let equals = 0;
  let commas = 0;
  let at = start;
  while (at < line.length) {
    const code = line.charCodeAt(at);
    if (code === BACKSLASH && at + 1 < line.length) {
      at += 2;
      continue;
    }
    if (code === QUOTE && equals > commas) isQuoted = !isQuoted;
    else if (code === EQUALS && !isQuoted) {
      equals += 1;
      at = checkValue(line, at);
      continue;
    } else if (code === COMMA && !isQuoted) commas += 1;
    else if (code === SPACE && !isQuoted) break;
    at += 1;
  }
  if (isQuoted) throw new LineError(() => 'a quoted text has no closing quote');
  if (equals === 0 || commas !== equals - 1)
    throw new LineError(() => 'its fields must be written as name=value, with a comma between two of them');
  return at;
}

/** @returns the index after the value; of its quote when it is a text */
function checkValue(line: string, equals: number): number {
  const before = line[equals - 1];
  if ((before === ' ' || before === ',') && !isEscaped(line, equals - 1))
    throw new LineError(() => 'a field has no name; fields must be written as name=value');
  const start = equals + 1;
  if (line[start] === '"') return start;
  let end = start;
  for (; end < line.length; end += 1) {
    const code = line.charCodeAt(end);
    if (code === COMMA || code === SPACE) break;
  }
  const value = line.slice(start, end);
  if (value === '') throw new LineError(() => `field ${nameOf(line, equals)} has no value`);
  const isValid = IS_NUMBER.test(value) ? isNumber(value) : BOOLEAN.test(value);
  if (!isValid)
    throw new LineError(
      () =>
        `field ${nameOf(line, equals)} must be a finite number, true, false or a text in quotes, got ${formatValue(value)}`,
    );
  return end;
}

function isNumber(value: string): boolean {
  if (FLOAT.test(value)) return Number.isFinite(Number(value));
  if (INTEGER.test(value)) return isWithin(value, -(2n ** 63n), 2n ** 63n - 1n);
  return UNSIGNED.test(value) && isWithin(value, 0n, 2n ** 64n - 1n);
}

function isWithin(value: string, min: bigint, max: bigint): boolean {
  const integer = toBigInt(value.slice(0, -1));
  return integer !== undefined && integer >= min && integer <= max;
}

/** @returns undefined when the digits are more than an integer of 64 bits has */
export function toBigInt(digits: string): bigint | undefined {
  const short = digits.replace(/^(-?)0+(?=\d)/, '$1');
  return short.length > 20 ? undefined : BigInt(short);
}

function nameOf(line: string, equals: number): string {
  let start = equals;
  while (start > 0 && (!', '.includes(line.charAt(start - 1)) || isEscaped(line, start - 1))) start -= 1;
  return formatValue(line.slice(start, equals));
}

/**
 * Splits fields that checkFields() has checked.
 * @returns the values as they are written; of a repeated field the last one
 * @throws LineError
 */
export function readFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < text.length;) {
    const equals = findUnescaped(text, NAME_ENDS, at);
    if (equals > text.length - 2)
      throw new LineError(() => `field ${formatValue(text.slice(at, equals))} must be written as name=value`);
    const end = endOfValue(text, equals + 1);
    fields.set(unescapeName(text.slice(at, equals)), text.slice(equals + 1, end));
    at = end + 1;
  }
  return fields;
}

/** @returns the index of the first comma outside of quotes */
function endOfValue(text: string, start: number): number {
  let isQuoted = false;
  let at = start;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH && (text[at + 1] === '"' || text[at + 1] === '\\')) at += 1;
    else if (code === QUOTE) isQuoted = !isQuoted;
    else if (code === COMMA && !isQuoted) break;
  }
  return Math.min(at, text.length);
}

/** In the name of a field, a quote can be escaped, too. */
function unescapeName(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,=" ])/g, '$1') : text;
}
