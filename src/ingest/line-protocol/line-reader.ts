import { MAX_NAMED } from '../../common/errors/answer-bounds.js';
import type { Precision } from '../../model/precision.js';
import type { Submitted } from '../record-refusal.js';
import { skipBlanks } from './characters.js';
import { FastLineParser } from './fast-line-parser.js';
import { LineError, PointError } from './line-error.js';
import { findLineEnd } from './line-end.js';
import type { LinesBody } from './lines-body.js';
import type { PointMapper } from './point-mapper.js';
import { parsePoint } from './point.js';
import { SENSOR_PREDICTIONS } from './sensor-predictions.js';

/** Why a line cannot be parsed. */
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
/** Lines that are read in one step, between two looks at the clock; a long one counts for several. */
const LINES_PER_STEP = 64;
const USUAL_LENGTH = 256;
/** Why a point is refused that the answer does not name. */
const UNEXPLAINED: Submitted = [];

/**
 * Reads line protocol as InfluxDB 2 does (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol), and
 * takes the carriage returns that Windows adds. A point without a timestamp has no
 * timestampUs.
 */
export class LineReader {
  /** Readings, and refused points. Only the first hundred of those have a reason. */
  readonly submitted: Submitted[] = [];
  /** The reasons for the first hundred lines that cannot be parsed. */
  readonly problems: LineProblem[] = [];
  /** How many lines cannot be parsed. */
  problemCount = 0;
  private refused = 0;
  /** How many of `submitted` are of the same point as the one before. */
  private repeated = 0;
  /** Where the line of one of `submitted` is not the one after the line before: its index, and its line. */
  private readonly jumps: { readonly index: number; readonly line: number }[] = [];
  /** The line that the next one has, unless there is a jump. */
  private expected = 1;
  private readonly body: string;
  private readonly fastParser: FastLineParser;
  private readonly isPlain: boolean;
  private start = 0;
  private number = 1;

  /**
   * @param maxReadings reads this many readings and bad lines, and one more; with a mapping, a point can be several
   * @param mapper makes readings of the points that FastLineParser does not know
   */
  constructor(
    body: LinesBody,
    private readonly precision: Precision,
    private readonly maxReadings = Infinity,
    private readonly mapper: PointMapper = SENSOR_PREDICTIONS,
  ) {
    this.fastParser = new FastLineParser(body, precision);
    this.body = body.text;
    this.isPlain = !this.body.includes('"') && !this.body.includes('\\');
  }

  /** Whether there are more than `maxReadings`. */
  get isTooLong(): boolean {
    return this.readCount > this.maxReadings;
  }

  /** Reads the next lines. @returns whether there is more to read */
  step(): boolean {
    const { body, fastParser, submitted } = this;
    let left = Math.min(LINES_PER_STEP, this.maxReadings + 1 - this.readCount);
    while (left > 0 && this.start < body.length) {
      const { start } = this;
      const reading = fastParser.read(start);
      if (reading) {
        if (this.number !== this.expected) this.jump();
        submitted.push(reading);
        this.expected += 1;
        this.number += 1;
        this.start = fastParser.end + 1;
        left -= 1;
      } else {
        this.readSlowly();
        left -= 1 + (this.start - start) / USUAL_LENGTH;
      }
    }
    return this.start < body.length && !this.isTooLong;
  }

  /** How many points `submitted` is of; a mapping can make several readings of one. */
  get pointCount(): number {
    return this.submitted.length - this.repeated;
  }

  /** The line of one of `submitted`, where it begins: counted from 1, comments and blank lines included. */
  lineOf(index: number): number {
    let [low, high] = [0, this.jumps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.jumps[middle]?.index ?? Infinity) <= index) low = middle + 1;
      else high = middle;
    }
    const jump = this.jumps[low - 1];
    return jump === undefined ? index + 1 : jump.line + index - jump.index;
  }

  private jump(): void {
    this.jumps.push({ index: this.submitted.length, line: this.number });
    this.expected = this.number;
  }

  /** Readings, refused points, and lines that cannot be parsed. */
  private get readCount(): number {
    return this.submitted.length + this.problemCount;
  }

  /** Reads a line that FastLineParser does not know. */
  private readSlowly(): void {
    const { body, start, isPlain } = this;
    const next = isPlain ? body.indexOf('\n', start) : -1;
    const { at: end, isOpen } = isPlain
      ? { at: next < 0 ? body.length : next, isOpen: false }
      : findLineEnd(body, start);
    // Programs for Windows end a line with a carriage return and a line feed.
    const hasReturn = end > start && body[end - 1] === '\r';
    const textStart = skipBlanks(body, start);
    const text = body.slice(textStart, hasReturn ? end - 1 : end);
    if (text !== '' && !text.startsWith('#')) this.readLine(text, isOpen);
    this.number += isPlain ? 1 : countLineFeeds(body, start, end) + 1;
    this.start = end + 1;
  }

  private readLine(text: string, isOpen: boolean): void {
    try {
      if (isOpen) throw new LineError(() => 'a quoted text has no closing quote');
      const all = this.mapper.toReadings(parsePoint(text, this.precision));
      for (const submitted of all) this.add(submitted);
      this.repeated += Math.max(0, all.length - 1);
    } catch (error) {
      if (error instanceof PointError)
        this.add(this.isNamed ? [{ path: '', message: error.reason() }] : UNEXPLAINED);
      else if (error instanceof LineError) this.addProblem(text, error);
      else throw error;
    }
  }

  private add(submitted: Submitted): void {
    const isReading = 'sensorId' in submitted;
    if (this.number !== this.expected) this.jump();
    this.submitted.push(isReading || this.isNamed ? submitted : UNEXPLAINED);
    this.expected += 1;
    if (!isReading) this.refused += 1;
  }

  /** Whether the answer may name the next refused point. */
  private get isNamed(): boolean {
    return this.refused < MAX_NAMED;
  }

  private addProblem(text: string, { reason }: LineError): void {
    this.problemCount += 1;
    if (this.problems.length === MAX_NAMED) return;
    const shown = text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
    this.problems.push({ line: this.number, text: shown, reason: reason() });
  }
}

function countLineFeeds(body: string, start: number, end: number): number {
  let count = 0;
  for (let at = body.indexOf('\n', start); at >= 0 && at < end; at = body.indexOf('\n', at + 1)) count += 1;
  return count;
}
