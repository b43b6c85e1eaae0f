import { GatewayError } from '../../common/errors/gateway-error.js';
import type { Steps } from '../../common/scheduling/time-slices.js';
import { batchTooLarge } from './batch-body.js';
import { MalformedRecord } from './malformed-record.js';
import {
  BACKSLASH,
  BYTES_PER_STEP,
  CLOSE_ARRAY,
  CLOSES,
  MAX_VALUES,
  OPEN_ARRAY,
  OPEN_OBJECT,
  OPENS,
  QUOTE,
  QUOTES,
  ROLES,
} from './json-value-counter.js';

/** Bytes of records that are parsed together: each call of JSON.parse() has a cost of its own. */
const CHUNK_BYTES = 32 << 10;

const [SPACE = 0, TAB = 0, LINE_FEED = 0, RETURN = 0] = Buffer.from(' \t\n\r');

interface Bounds {
  readonly maxRecords: number;
  /** In one record. */
  readonly maxValues?: number;
  readonly chunkBytes?: number;
}

/** Whether the JSON is an array, and can be parsed record by record. */
export function isJsonArray(bytes: Buffer): boolean {
  return bytes[skipSpaces(bytes, 0)] === OPEN_ARRAY;
}

/** Whether the JSON begins an object, after at most 64 KiB of white space. */
export function isJsonObject(bytes: Buffer): boolean {
  const beginning = bytes.subarray(0, BYTES_PER_STEP);
  return beginning[skipSpaces(beginning, 0)] === OPEN_OBJECT;
}

/**
 * Parses a JSON array in steps: it finds the commas between the records, and gives the text between them to JSON.parse().
 * An array whose parts are all valid is valid as a whole, so the result is the same.
 */
export class JsonBatchParser implements Steps {
  /** The records; a MalformedRecord in place of each that has too many values. */
  readonly records: unknown[] = [];
  private readonly maxRecords: number;
  private readonly maxValues: number;
  private readonly chunkBytes: number;
  private at: number;
  private depth = 0;
  private isInString = false;
  /** Values in the current record. */
  private values = 0;
  private recordStart: number;
  /** The records to be parsed together: where the first begins, and where each ends. */
  private chunkStart: number;
  private readonly ends: number[] = [];

  /** @param bytes an array, by isJsonArray() */
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
      const role = ROLES[byte] ?? 0;
      if (role === 0) continue;
      if (role === QUOTES) isInString = true;
      else if (role === OPENS) {
        depth += 1;
        values += 1;
      } else if (depth > 0) {
        if (role === CLOSES) depth -= 1;
        else values += 1;
      } else {
        isOver = role === CLOSES;
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

  /** How many records have ended. */
  private get count(): number {
    return this.records.length + this.ends.length;
  }

  /** @returns whether records were parsed: that is enough work for one step */
  private endRecord(at: number, values: number, isLast: boolean): boolean {
    // There may be nothing before the end: an array may be empty.
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
    if (bytes[at] !== CLOSE_ARRAY) throw invalid(`record ${this.count - 1} has brackets that do not match`);
    const isEmpty = this.count === 1 && this.ends.length === 1 && this.isBlank(chunkStart, at);
    if (isEmpty) this.ends.pop();
    else this.parseChunk();
    if (skipSpaces(bytes, at + 1) < bytes.length)
      throw invalid('there is more text after the end of the array');
  }

  /** Parses the records that have ended since the last chunk. */
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
    // Two commas in a row parse as an empty chunk.
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
    return invalid('its records are not separated by commas');
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
