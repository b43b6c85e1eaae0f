import { MAX_NAMED } from '../../common/errors/answer-bounds.js';
import type { NewReading } from '../../model/reading.js';
import type { Submitted } from '../record-refusal.js';
import { BACKSLASH, EQUALS, HASH, LINE_FEED, QUOTE, SPACE, TAB } from './characters.js';
import { FastLineParser } from './fast-line-parser.js';
import type { PointMapper } from './point-mapper.js';
import { LineError, MAX_LINE_LENGTH, parsePoint } from './point.js';
import { SENSOR_PREDICTIONS } from './sensor-predictions.js';
import type { Precision } from '../../model/precision.js';

/** Why a line is not a reading. */
export interface LineProblem {
  /** Counted from 1, comments and blank lines included. */
  readonly line: number;
  /** The line, cut to a readable length. */
  readonly text: string;
  /** What is wrong, with which value, and what would be right. */
  readonly reason: string;
}

/** Characters of a bad line that the answer shows. */
const MAX_SHOWN_LENGTH = 100;
/** Lines that are read in one step, between two looks at the clock. */
const LINES_PER_STEP = 64;

/**
 * Reads line protocol as InfluxDB 2 does (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol).
 * A point without a timestamp has no timestampUs.
 */
export class LineReader {
  readonly readings: NewReading[] = [];
  /** Why the first hundred bad lines are not readings. */
  readonly problems: LineProblem[] = [];
  /** How many lines are bad. */
  problemCount = 0;
  private readonly fastParser: FastLineParser;
  private readonly hasQuotes: boolean;
  private start = 0;
  private number = 1;

  /**
   * @param maxLines reads this many lines, not counting blank ones and comments, and one more
   * @param mapper makes readings of the points that FastLineParser does not know
   */
  constructor(
    private readonly body: string,
    private readonly precision: Precision,
    private readonly maxLines = Infinity,
    private readonly mapper: PointMapper = SENSOR_PREDICTIONS,
  ) {
    this.fastParser = new FastLineParser(body, precision);
    this.hasQuotes = body.includes('"');
  }

  /** Whether there are more than `maxLines`. */
  get isTooLong(): boolean {
    return this.readings.length + this.problemCount > this.maxLines;
  }

  /** Reads the next lines. @returns whether there is more to read */
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

  private add(text: string, submitted: Submitted): void {
    if ('sensorId' in submitted) this.readings.push(submitted);
    else this.addProblem(text, () => submitted.map(({ message }) => message).join('; '));
  }

  private addProblem(text: string, reason: () => string): void {
    this.problemCount += 1;
    if (this.problems.length === MAX_NAMED) return;
    const shown = text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
    this.problems.push({ line: this.number, text: shown, reason: reason() });
  }

  /** Reads a line that FastLineParser does not know. */
  private readSlowly(): void {
    const { body, start } = this;
    const end = this.hasQuotes ? endOfLine(body, start) : body.indexOf('\n', start);
    const line = body.slice(start, end < 0 ? body.length : end);
    const text = line.trim();
    if (text !== '' && !text.startsWith('#')) {
      try {
        for (const submitted of this.mapper.toReadings(parsePoint(text, this.precision)))
          this.add(text, submitted);
      } catch (error) {
        if (!(error instanceof LineError)) throw error;
        this.addProblem(text, error.reason);
      }
    }
    this.number += 1;
    // A quoted text may contain line feeds.
    if (this.hasQuotes)
      for (let at = line.indexOf('\n'); at >= 0; at = line.indexOf('\n', at + 1)) this.number += 1;
    this.start += line.length + 1;
  }
}

/**
 * A line ends at a line feed outside of quotes. A quote without a closing one within the longest line counts as an ordinary
 * character.
 */
function endOfLine(body: string, start: number): number {
  let quoted = false;
  const comment = isComment(body, start);
  const end = Math.min(body.length, start + MAX_LINE_LENGTH + 1);
  for (let at = start; at < end; at += 1) {
    const code = body.charCodeAt(at);
    if (code === BACKSLASH && quoted) at += 1;
    // A quote opens a text only at the beginning of a field's value.
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
