import { MAX_NAMED } from '../../common/errors/answer-bounds.js';
import { formatValue } from '../../common/errors/format-value.js';
import { MEASUREMENT } from '../../influx/influxdb/influx-lines.js';
import { IDENTIFIER_RULE, isIdentifier } from '../../model/identifier.js';
import type { NewReading } from '../../model/reading.js';
import { mustBeMessage } from '../../common/validation/must-be.js';
import { FastLineParser } from './fast-line-parser.js';
import type { Precision } from './precision.js';

/** Why a line is no reading. */
export interface LineProblem {
  /** Counted from 1, comments and blank lines included. */
  readonly line: number;
  /** The line, cut to a readable length. */
  readonly text: string;
  /** What is wrong, with which value, and what would be right. */
  readonly reason: string;
}

/** So much of a bad line is shown. */
const MAX_TEXT = 100;
/** A reading's line is some hundred characters long; names may be escaped, and fields repeated. */
const MAX_LINE = 16_384;
/** The largest number that is written without an exponent has 309 digits before its point. */
const MAX_NUMBER = 400;
const MAX_TIMESTAMP = 21;
/** So many lines are read between two looks at the clock. */
const LINES_PER_STEP = 64;

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const EQUALS = '='.charCodeAt(0);
const SPACE = ' '.charCodeAt(0);
const TAB = '\t'.charCodeAt(0);
const HASH = '#'.charCodeAt(0);
const LINE_FEED = '\n'.charCodeAt(0);

const US_PER_UNIT: Readonly<Record<Exclude<Precision, 'ns'>, bigint>> = { us: 1n, ms: 1_000n, s: 1_000_000n };
const TAGS = ['sensor_id', 'zone'];
const FIELDS = ['value', 'latency_ms'];

/** A line is no reading. */
class LineError extends Error {
  /** @param reason makes it into words, where it is going to be told */
  constructor(readonly reason: () => string) {
    // Nobody reads where it was thrown, and finding that out takes longer than reading the line.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super();
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Reads line protocol as InfluxDB 2 does (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol):
 * points of the measurement sensor_predictions with the tags sensor_id and zone, the field value and, perhaps,
 * latency_ms. A point without a timestamp has no timestampUs.
 */
export class LineReader {
  readonly readings: NewReading[] = [];
  /** Why the first hundred of the other lines are none. */
  readonly problems: LineProblem[] = [];
  /** How many there are. */
  problemCount = 0;
  private readonly fastParser: FastLineParser;
  private readonly hasQuotes: boolean;
  private start = 0;
  private number = 1;

  /** @param maxLines so many are read, blank ones and comments not counted, and one more */
  constructor(
    private readonly body: string,
    private readonly precision: Precision,
    private readonly maxLines = Infinity,
  ) {
    this.fastParser = new FastLineParser(body, precision);
    this.hasQuotes = body.includes('"');
  }

  /** Whether there are more lines than may be. */
  get isTooLong(): boolean {
    return this.readings.length + this.problemCount > this.maxLines;
  }

  /** Reads some lines more. @returns whether there is more to read */
  step(): boolean {
    const { body, fastParser, readings } = this;
    const lines = readings.length + this.problemCount;
    for (
      let left = Math.min(LINES_PER_STEP, this.maxLines + 1 - lines);
      left > 0 && this.start < body.length;
      left -= 1
    ) {
      const reading = fastParser.read(this.start);
      if (reading) {
        readings.push(reading);
        this.number += 1;
        this.start = fastParser.end + 1;
      } else this.readSlowly();
    }
    return this.start < body.length && !this.isTooLong;
  }

  private readSlowly(): void {
    const { body, start } = this;
    const end = this.hasQuotes ? endOfLine(body, start) : body.indexOf('\n', start);
    const line = body.slice(start, end < 0 ? body.length : end);
    const text = line.trim();
    if (text !== '' && !text.startsWith('#')) {
      try {
        this.readings.push(parseLine(text, this.precision));
      } catch (error) {
        if (!(error instanceof LineError)) throw error;
        this.problemCount += 1;
        if (this.problems.length < MAX_NAMED) {
          const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
          this.problems.push({ line: this.number, text: shown, reason: error.reason() });
        }
      }
    }
    this.number += 1;
    // A text in quotes may go on in the next lines.
    if (this.hasQuotes)
      for (let at = line.indexOf('\n'); at >= 0; at = line.indexOf('\n', at + 1)) this.number += 1;
    this.start += line.length + 1;
  }
}

/**
 * Lines end at a newline, unless that stands in the quotes of a text field. Where quotes are not closed within the longest
 * line, they are none.
 */
function endOfLine(body: string, start: number): number {
  let quoted = false;
  const comment = isComment(body, start);
  const end = Math.min(body.length, start + MAX_LINE + 1);
  for (let at = start; at < end; at += 1) {
    const code = body.charCodeAt(at);
    if (code === BACKSLASH && quoted) at += 1;
    // A quote begins a text only where a field's value begins.
    else if (code === QUOTE && !comment && (quoted || body.charCodeAt(at - 1) === EQUALS)) quoted = !quoted;
    else if (code === LINE_FEED && !quoted) return at;
  }
  return end === body.length ? end : body.indexOf('\n', start);
}

function isComment(body: string, start: number): boolean {
  let at = start;
  while (body.charCodeAt(at) === SPACE || body.charCodeAt(at) === TAB) at += 1;
  return body.charCodeAt(at) === HASH;
}

function parseLine(line: string, precision: Precision): NewReading {
  if (line.length > MAX_LINE)
    throw new LineError(() => `it must be at most ${MAX_LINE} characters long, got ${line.length}`);
  const keyEnd = endOf(line, 0, ' ');
  const [measurement = '', ...tags] = splitAt(line.slice(0, keyEnd), ',');
  const fieldsStart = skipSpaces(line, keyEnd);
  if (fieldsStart >= line.length) throw new LineError(() => 'it has no fields; value=<number> is needed');
  const fieldsEnd = endOfFields(line, fieldsStart);
  const time = line.slice(fieldsEnd).trim();

  if (unescape(measurement) !== MEASUREMENT)
    throw new LineError(() => mustBeMessage('the measurement', MEASUREMENT, unescape(measurement)));
  const { sensor_id: sensorId, zone } = readPairs(tags, 'tag', TAGS);
  const { value, latency_ms: latencyMs } = readPairs(
    splitAt(line.slice(fieldsStart, fieldsEnd), ',', true),
    'field',
    FIELDS,
  );
  if (!isIdentifier(sensorId))
    throw new LineError(() => mustBeMessage('tag sensor_id', IDENTIFIER_RULE, sensorId));
  if (!isIdentifier(zone)) throw new LineError(() => mustBeMessage('tag zone', IDENTIFIER_RULE, zone));
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
  if (quoted) throw new LineError(() => 'a text is not closed with a quote');
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
    if (equals === part.length)
      throw new LineError(() => `${what} ${formatValue(part)} must be written as key=value`);
    if (!known.includes(key)) {
      const plural = what === 'tag' ? 'tags' : 'fields';
      throw new LineError(
        () => `${what} ${formatValue(key)} is not known here; the ${plural} are ${known.join(', ')}`,
      );
    }
    if (what === 'tag' && pairs[key] !== undefined) throw new LineError(() => `tag ${key} stands twice`);
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
  const short = text !== undefined && text.length <= MAX_NUMBER ? text : '';
  const isInteger = /^[-+]?\d+[iu]$/.test(short);
  const isFloat = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(short);
  const number = isInteger ? Number(short.slice(0, -1)) : isFloat ? Number(short) : NaN;
  if (!Number.isFinite(number))
    throw new LineError(() => mustBeMessage(`field ${field}`, 'a finite number', text));
  if (isInteger && !Number.isSafeInteger(number)) {
    const rule = `an integer of at most ${Number.MAX_SAFE_INTEGER}, or it would change`;
    throw new LineError(() => mustBeMessage(`field ${field}`, rule, text));
  }
  return number;
}

function toTimestamp(text: string, precision: Precision): number {
  if (text.length > MAX_TIMESTAMP || !/^[-+]?\d{1,20}$/.test(text))
    throw new LineError(() => mustBeMessage('the timestamp', `an integer in ${precision}`, text));
  const count = BigInt(text.replace('+', ''));
  const us = precision === 'ns' ? floorDivide(count, 1000n) : count * US_PER_UNIT[precision];
  const timestampUs = Number(us);
  if (!Number.isSafeInteger(timestampUs))
    throw new LineError(() =>
      mustBeMessage('the timestamp', `within the years 1684 to 2255 in ${precision}`, text),
    );
  return timestampUs;
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
