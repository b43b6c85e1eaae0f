import { GatewayError } from '../../common/errors/gateway-error.js';
import type { Steps } from '../../common/scheduling/time-slices.js';
import { batchTooLarge } from './batch-body.js';
import { MalformedRecord } from './malformed-record.js';
import {
  BACKSLASH,
  BYTES_PER_STEP,
  CLOSES,
  ROLES,
  MAX_VALUES,
  OPENS,
  QUOTE,
  QUOTES,
} from './json-value-counter.js';

/** Records are read together up to so many bytes: each call of JSON.parse() takes time of its own. */
const CHUNK_BYTES = 32 << 10;

const OPEN_ARRAY = '['.charCodeAt(0);
const CLOSE_ARRAY = ']'.charCodeAt(0);
const [SPACE = 0, TAB = 0, LINE_FEED = 0, RETURN = 0] = Buffer.from(' \t\n\r');

interface Bounds {
  readonly maxRecords: number;
  /** Of one record. */
  readonly maxValues?: number;
  readonly chunkBytes?: number;
}

/** Whether JSON is a list, and can be read record by record. */
export function isJsonArray(bytes: Buffer): boolean {
  return bytes[skipSpaces(bytes, 0)] === OPEN_ARRAY;
}

/**
 * Reads a list in JSON bit by bit: it looks for the commas between the records, and leaves what lies between them to
 * JSON.parse(). A list of which each part is right is right as a whole, so what comes of it is the same.
 */
export class JsonBatchParser implements Steps {
  /** The records; a BrokenRecord for each that has too many values to be read. */
  readonly records: unknown[] = [];
  private readonly maxRecords: number;
  private readonly maxValues: number;
  private readonly chunkBytes: number;
  private at: number;
  private depth = 0;
  private isInString = false;
  /** Of the record that is being looked at. */
  private values = 0;
  private recordStart: number;
  /** Of the records that are to be read together: where they begin, and where each ends. */
  private chunkStart: number;
  private readonly ends: number[] = [];

  /** @param bytes a list, by isList() */
  constructor(
    private readonly bytes: Buffer,
    { maxRecords, maxValues = MAX_VALUES, chunkBytes = CHUNK_BYTES }: Bounds,
  ) {
    this.at = skipSpaces(bytes, 0) + 1;
    this.recordStart = this.at;
    this.chunkStart = this.at;
    this.maxRecords = maxRecords;
    this.maxValues = maxValues;
    this.chunkBytes = chunkBytes;
  }

  /** @throws GatewayError BATCH_TOO_LARGE; INVALID_JSON that names the record */
  step(): boolean {
    const { bytes } = this;
    const end = Math.min(bytes.length, this.at + BYTES_PER_STEP);
    let { at, depth, isInString, values } = this;
    let isOver = false;
    let isRead = false;
    for (; at < end && !isOver && !isRead; at += 1) {
      const byte = bytes[at] ?? 0;
      if (isInString) {
        if (byte === BACKSLASH) at += 1;
        else if (byte === QUOTE) isInString = false;
        continue;
      }
      const mark = ROLES[byte] ?? 0;
      if (mark === 0) continue;
      if (mark === QUOTES) isInString = true;
      else if (mark === OPENS) {
        depth += 1;
        values += 1;
      } else if (depth > 0) {
        if (mark === CLOSES) depth -= 1;
        else values += 1;
      } else {
        isOver = mark === CLOSES;
        isRead = this.endRecord(at, values, isOver);
        values = 0;
      }
    }
    this.at = at;
    this.depth = depth;
    this.isInString = isInString;
    this.values = values;
    if (isOver) this.endArray(at - 1);
    else if (at >= bytes.length) throw invalid(`it ends within record ${this.count}`);
    return !isOver;
  }

  /** How many records are behind. */
  private get count(): number {
    return this.records.length + this.ends.length;
  }

  /** @returns whether records were read, which is enough for one step */
  private endRecord(at: number, values: number, isLast: boolean): boolean {
    // What stands before the end may be nothing at all: a list may be empty.
    if (this.count === this.maxRecords && !this.isBlank(this.recordStart, at))
      throw batchTooLarge(this.maxRecords, `at least ${this.maxRecords + 1}`);
    const isTooMuch = values > this.maxValues;
    if (isTooMuch) {
      this.parseChunk();
      this.records.push(
        new MalformedRecord(`A record must hold at most ${this.maxValues} values, got ${values}`),
      );
      this.chunkStart = at + 1;
    } else this.ends.push(at);
    this.recordStart = at + 1;
    if (isLast || at - this.chunkStart < this.chunkBytes) return isTooMuch;
    this.parseChunk();
    return true;
  }

  private endArray(at: number): void {
    const { bytes, chunkStart } = this;
    if (bytes[at] !== CLOSE_ARRAY) throw invalid(`record ${this.count - 1} does not end the way it began`);
    const isEmpty = this.count === 1 && this.ends.length === 1 && this.isBlank(chunkStart, at);
    if (isEmpty) this.ends.pop();
    else this.parseChunk();
    if (skipSpaces(bytes, at + 1) < bytes.length) throw invalid('more follows behind the end of the list');
  }

  /** Reads the records that have come together. */
  private parseChunk(): void {
    const { ends, records } = this;
    const end = ends.at(-1);
    if (end === undefined) return;
    const text = `[${this.bytes.toString('utf8', this.chunkStart, end)}]`;
    let read: unknown;
    try {
      read = JSON.parse(text);
    } catch {
      throw this.findInvalidRecord();
    }
    // Nothing between two commas is not seen where it stands alone.
    if (!Array.isArray(read) || read.length !== ends.length) throw this.findInvalidRecord();
    for (const record of read) records.push(record);
    ends.length = 0;
    this.chunkStart = end + 1;
  }

  private findInvalidRecord(): Error {
    let start = this.chunkStart;
    let number = this.records.length;
    for (const end of this.ends) {
      try {
        JSON.parse(this.bytes.toString('utf8', start, end));
      } catch (error) {
        return invalid(`record ${number}: ${(error as Error).message}`);
      }
      start = end + 1;
      number += 1;
    }
    return invalid('its records are not told apart by commas');
  }

  private isBlank(start: number, end: number): boolean {
    return skipSpaces(this.bytes, start) >= end;
  }
}

function invalid(why: string): GatewayError {
  return new GatewayError('INVALID_JSON', `The body is not valid JSON: ${why}`);
}

function skipSpaces(bytes: Buffer, from: number): number {
  for (let at = from; ; at += 1) {
    const byte = bytes[at];
    if (byte !== SPACE && byte !== LINE_FEED && byte !== RETURN && byte !== TAB) return at;
  }
}
