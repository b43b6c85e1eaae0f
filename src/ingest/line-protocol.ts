import { show } from '../errors/show.js';
import { MEASUREMENT } from '../influx/influx-lines.js';
import { IDENTIFIER_RULE, isIdentifier } from '../reading/identifier.js';
import type { NewReading } from '../reading/reading.js';
import { mustBeMessage } from '../validation/must-be.js';
import { type Precision, UsualLines } from './usual-lines.js';

/** Why a line is no reading. */
export interface LineProblem {
  /** Counted from 1, comments and blank lines included. */
  readonly line: number;
  /** The line, cut to a readable length. */
  readonly text: string;
  /** What is wrong, with which value, and what would be right. */
  readonly reason: string;
}

const MAX_TEXT = 200;
const US_PER: Readonly<Record<Exclude<Precision, 'ns'>, bigint>> = { us: 1n, ms: 1_000n, s: 1_000_000n };
const TAGS = ['sensor_id', 'zone'];
const FIELDS = ['value', 'latency_ms'];

/** A line is no reading. */
class LineError extends Error {}

/**
 * Reads line protocol as InfluxDB 2 does (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol):
 * points of the measurement sensor_predictions with the tags sensor_id and zone, the field value and, perhaps,
 * latency_ms.
 * @returns the readings, and why each other line is none; a point without a timestamp has no timestampUs
 */
export function parseLines(
  body: string,
  precision: Precision,
): { readings: NewReading[]; problems: LineProblem[] } {
  const readings: NewReading[] = [];
  const problems: LineProblem[] = [];
  const usual = new UsualLines(body, precision);
  const hasQuotes = body.includes('"');
  let number = 1;
  for (let start = 0; start < body.length;) {
    const reading = usual.read(start);
    if (reading) {
      readings.push(reading);
      number += 1;
      start = usual.end + 1;
      continue;
    }
    const end = hasQuotes ? endOfLine(body, start) : body.indexOf('\n', start);
    const line = body.slice(start, end < 0 ? body.length : end);
    const text = line.trim();
    if (text !== '' && !text.startsWith('#')) {
      try {
        readings.push(parseLine(text, precision));
      } catch (error) {
        if (!(error instanceof LineError)) throw error;
        const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
        problems.push({ line: number, text: shown, reason: error.message });
      }
    }
    number += line.includes('\n') ? line.split('\n').length : 1;
    start += line.length + 1;
  }
  return { readings, problems };
}

/** Lines end at a newline, unless that stands in the quotes of a text field. */
function endOfLine(body: string, start: number): number {
  let quoted = false;
  const comment = /^[ \t]*#/.test(body.slice(start, start + 64));
  for (let at = start; at < body.length; at += 1) {
    const character = body[at];
    if (character === '\\' && quoted) at += 1;
    // A quote begins a text only where a field's value begins.
    else if (character === '"' && !comment && (quoted || body[at - 1] === '=')) quoted = !quoted;
    else if (character === '\n' && !quoted) return at;
  }
  return body.length;
}

function parseLine(line: string, precision: Precision): NewReading {
  const keyEnd = endOf(line, 0, ' ');
  const [measurement = '', ...tags] = splitAt(line.slice(0, keyEnd), ',');
  const fieldsStart = skipSpaces(line, keyEnd);
  if (fieldsStart >= line.length) throw new LineError('it has no fields; value=<number> is needed');
  const fieldsEnd = endOfFields(line, fieldsStart);
  const time = line.slice(fieldsEnd).trim();

  if (unescape(measurement) !== MEASUREMENT)
    throw new LineError(mustBeMessage('the measurement', MEASUREMENT, unescape(measurement)));
  const { sensor_id: sensorId, zone } = readPairs(tags, 'tag', TAGS);
  const { value, latency_ms: latencyMs } = readPairs(
    splitAt(line.slice(fieldsStart, fieldsEnd), ',', true),
    'field',
    FIELDS,
  );
  if (!isIdentifier(sensorId)) throw new LineError(mustBeMessage('tag sensor_id', IDENTIFIER_RULE, sensorId));
  if (!isIdentifier(zone)) throw new LineError(mustBeMessage('tag zone', IDENTIFIER_RULE, zone));
  return {
    sensorId,
    zone,
    value: toNumber('value', value),
    latencyMs: latencyMs === undefined ? undefined : toNumber('latency_ms', latencyMs),
    timestampUs: time === '' ? undefined : toTimestamp(time, precision),
  };
}

/** Where an unescaped character stands from a place on; the end of the line when it does not. */
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

/** The fields end at the first space that is neither escaped nor quoted. */
function endOfFields(line: string, from: number): number {
  if (!line.includes('"', from)) return endOf(line, from, ' ');
  let quoted = false;
  for (let at = from; at < line.length; at += 1) {
    const character = line[at];
    if (character === '\\') at += 1;
    else if (character === '"' && (quoted || line[at - 1] === '=')) quoted = !quoted;
    else if (character === ' ' && !quoted) return at;
  }
  if (quoted) throw new LineError('a text is not closed with a quote');
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

/** Key and value of each part; a tag may stand once, of a field the last counts. */
function readPairs(
  parts: readonly string[],
  what: 'tag' | 'field',
  known: readonly string[],
): Partial<Record<string, string>> {
  const pairs: Partial<Record<string, string>> = {};
  for (const part of parts) {
    const equals = endOf(part, 0, '=');
    const key = unescape(part.slice(0, equals));
    if (equals === part.length) throw new LineError(`${what} ${show(part)} must be written as key=value`);
    if (!known.includes(key)) {
      const plural = what === 'tag' ? 'tags' : 'fields';
      throw new LineError(`${what} ${show(key)} is not known here; the ${plural} are ${known.join(', ')}`);
    }
    if (what === 'tag' && pairs[key] !== undefined) throw new LineError(`tag ${key} stands twice`);
    const raw = part.slice(equals + 1);
    pairs[key] = what === 'tag' ? unescape(raw) : raw;
  }
  return pairs;
}

/** Escaped are comma, equals sign and space; any other backslash is one. */
function unescape(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,= ])/g, '$1') : text;
}

function toNumber(field: string, text: string | undefined): number {
  const isInteger = text !== undefined && /^[-+]?\d+[iu]$/.test(text);
  const isFloat = text !== undefined && /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text);
  const number = isInteger ? Number(text.slice(0, -1)) : isFloat ? Number(text) : NaN;
  if (!Number.isFinite(number)) throw new LineError(mustBeMessage(`field ${field}`, 'a finite number', text));
  if (isInteger && !Number.isSafeInteger(number)) {
    const rule = `an integer of at most ${Number.MAX_SAFE_INTEGER}, or it would change`;
    throw new LineError(mustBeMessage(`field ${field}`, rule, text));
  }
  return number;
}

function toTimestamp(text: string, precision: Precision): number {
  if (!/^[-+]?\d{1,20}$/.test(text))
    throw new LineError(mustBeMessage('the timestamp', `an integer in ${precision}`, text));
  const count = BigInt(text.replace('+', ''));
  const us = precision === 'ns' ? floorDivide(count, 1000n) : count * US_PER[precision];
  const timestampUs = Number(us);
  if (!Number.isSafeInteger(timestampUs))
    throw new LineError(
      mustBeMessage('the timestamp', `within the years 1684 to 2255 in ${precision}`, text),
    );
  return timestampUs;
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
