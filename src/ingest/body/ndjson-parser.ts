import { MAX_NAMED } from '../../common/errors/answer-bounds.js';
import type { Steps } from '../../common/scheduling/time-slices.js';
import { decodeLines } from './body-errors.js';
import { MalformedRecord } from './malformed-record.js';
import { BYTES_PER_STEP, MAX_VALUES, JsonValueCounter } from './json-value-counter.js';

/** Lines that are parsed together: each call of JSON.parse() has a cost of its own. */
const CHUNK_LINES = 128;
const CHUNK_BYTES = 32 << 10;
const LINE_FEED = '\n'.charCodeAt(0);

/**
 * Parses all lines of NDJSON with one call, which works when each is an object without arrays.
 * @returns undefined when a line is something else, or invalid
 */
export function parseNdjsonAtOnce(text: string): unknown[] | undefined {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return parseLinesAtOnce(lines);
}

/** Parses NDJSON in steps, one record a line. An invalid line does not spoil the others. */
export class NdjsonParser implements Steps {
  /** The records; a MalformedRecord in place of each invalid line. */
  readonly records: unknown[] = [];
  private at = 0;
  private malformedCount = 0;
  /** Counts the values of a long line, which may have too many. */
  private counter: JsonValueCounter | undefined;

  constructor(
    private readonly bytes: Buffer,
    private readonly maxRecords: number,
    private readonly chunkBytes = CHUNK_BYTES,
    private readonly maxValues = MAX_VALUES,
  ) {}

  /** Whether there are more than `maxRecords`. */
  get isTooLong(): boolean {
    return this.records.length > this.maxRecords;
  }

  step(): boolean {
    if (this.at < this.bytes.length) this.readSome();
    return this.at < this.bytes.length && !this.isTooLong;
  }

  private readSome(): void {
    const { bytes, at } = this;
    let end = this.counter ? this.counter.end : this.endOf(at);
    if (end - at > BYTES_PER_STEP && !this.countOn(at, end)) return;
    for (let lines = 1; lines < CHUNK_LINES && end < bytes.length; lines += 1) {
      const next = this.endOf(end + 1);
      if (next - at > this.chunkBytes) break;
      end = next;
    }
    this.at = end + 1;
    if (this.counter?.hasTooMany)
      this.records.push(new MalformedRecord(`A record must hold at most ${this.maxValues} values, got more`));
    else this.readLines(decodeLines(bytes.subarray(at, end)).split('\n'));
    this.counter = undefined;
  }

  private endOf(start: number): number {
    const end = this.bytes.indexOf(LINE_FEED, start);
    return end < 0 ? this.bytes.length : end;
  }

  /** Counts further. @returns whether the whole line is counted */
  private countOn(start: number, end: number): boolean {
    this.counter ??= new JsonValueCounter(this.bytes, start, end, this.maxValues);
    return !this.counter.step();
  }

  private readLines(lines: readonly string[]): void {
    const together = parseLinesAtOnce(lines);
    // Nobody needs the stack traces of JSON.parse(), and to make one takes longer than to parse the line.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    for (const record of together ?? lines.flatMap((line) => this.readLine(line))) this.records.push(record);
    Error.stackTraceLimit = stackTraceLimit;
  }

  private readLine(line: string): unknown[] {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line)];
    } catch (error) {
      this.malformedCount += 1;
      // The answer names only the first problems.
      if (this.malformedCount > MAX_NAMED) return [MALFORMED];
      return [new MalformedRecord(`The line is not valid JSON: ${(error as Error).message}`)];
    }
  }
}

const MALFORMED = new MalformedRecord('The line is not valid JSON');

/**
 * Parses objects without arrays, one a line, with one call: starting JSON.parse() is half of its work. When each line begins an
 * object, no string and, without arrays, no object can go on in the next line. So as many objects as lines means one a line.
 * @returns undefined when a line is something else, or invalid
 */
function parseLinesAtOnce(lines: readonly string[]): unknown[] | undefined {
  if (!lines.every((line) => line.startsWith('{') && !line.includes('['))) return undefined;
  try {
    const records = JSON.parse(`[${lines.join(',\n')}]`) as unknown[];
    return records.length === lines.length ? records : undefined;
  } catch {
    return undefined;
  }
}
