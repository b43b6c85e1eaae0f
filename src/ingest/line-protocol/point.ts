import { mustBeMessage } from '../../common/validation/must-be.js';
import type { Precision } from '../../model/precision.js';
import { skipBlanks } from './characters.js';
import { PointError } from './line-error.js';
import { checkFields, readFields } from './read-fields.js';
import { readKey } from './read-key.js';
import { readTime } from './read-time.js';

/** A line of one reading has some hundred characters, and one of a device with many fields some thousand. */
const MAX_LINE_LENGTH = 16_384;

/** One line of line protocol. */
export interface Point {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  /** The values as they are written; of a repeated field the last one. */
  readonly fields: ReadonlyMap<string, string>;
  /** Microseconds since the Unix epoch, a safe integer. */
  readonly timestampUs: number | undefined;
}

/**
 * Reads one line by the whole syntax, exactly as InfluxDB 2 does.
 * @param line without spaces before it and without its line feed
 * @throws LineError when InfluxDB refuses the line, too; PointError when the line is too long, or its time out of range
 */
export function parsePoint(line: string, precision: Precision): Point {
  if (line.length > MAX_LINE_LENGTH)
    throw new PointError(
      () => `a line must be at most ${MAX_LINE_LENGTH} characters long, got ${line.length}`,
    );
  const { measurement, tags, end } = readKey(line);
  const start = skipBlanks(line, end);
  const fieldsEnd = checkFields(line, start);
  const fields = readFields(line.slice(start, fieldsEnd));
  return { measurement, tags, fields, timestampUs: readTime(line, fieldsEnd, precision) };
}

/**
 * Reads the value of a field as a number.
 * @param name the field, for the message
 * @param text the value as Point has it
 * @returns a finite number; or what is wrong, as a text: it is missing, a text or a boolean, or an integer that cannot be
 *   stored exactly
 */
export function readNumber(name: string, text: string | undefined): number | string {
  const isInteger = text !== undefined && /^-?\d+[iu]$/.test(text);
  const isNumber = isInteger || (text !== undefined && /^[-.\d]/.test(text));
  if (!isNumber) return mustBeMessage(`field ${name}`, 'a finite number', text);
  const number = Number(isInteger ? text.slice(0, -1) : text);
  if (isInteger && !Number.isSafeInteger(number)) {
    const rule = `an integer of at most ${Number.MAX_SAFE_INTEGER}; larger ones cannot be stored exactly`;
    return mustBeMessage(`field ${name}`, rule, text);
  }
  return number;
}
