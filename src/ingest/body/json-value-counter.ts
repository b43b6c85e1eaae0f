import type { Steps } from '../../common/scheduling/time-slices.js';

/** More values than any request needs. This many fields take 20 ms to parse; nested arrays of 8 MiB take half a second. */
export const MAX_VALUES = 32_768;

export const QUOTE = '"'.charCodeAt(0);
export const BACKSLASH = '\\'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
export const OPEN_ARRAY = '['.charCodeAt(0);
export const OPEN_OBJECT = '{'.charCodeAt(0);
export const CLOSE_ARRAY = ']'.charCodeAt(0);
const CLOSE_OBJECT = '}'.charCodeAt(0);

/** Bytes that are scanned in one step, between two looks at the clock. */
export const BYTES_PER_STEP = 64 << 10;

/** The role of each byte outside of JSON strings: one look-up replaces five comparisons. */
export const ROLES = new Uint8Array(256);
export const QUOTES = 1;
export const OPENS = 2;
export const CLOSES = 3;
export const SEPARATES = 4;
ROLES[QUOTE] = QUOTES;
ROLES[OPEN_ARRAY] = OPENS;
ROLES[OPEN_OBJECT] = OPENS;
ROLES[CLOSE_ARRAY] = CLOSES;
ROLES[CLOSE_OBJECT] = CLOSES;
ROLES[COMMA] = SEPARATES;

/** Counts the values in JSON before it is parsed: the time to parse depends on them. */
export class JsonValueCounter implements Steps {
  private values = 0;
  private isInString = false;

  constructor(
    private readonly bytes: Buffer,
    private at: number,
    readonly end: number,
    private readonly maxValues = MAX_VALUES,
  ) {}

  get hasTooMany(): boolean {
    return this.values > this.maxValues;
  }

  step(): boolean {
    const { bytes } = this;
    const end = Math.min(this.end, this.at + BYTES_PER_STEP);
    let { at, isInString, values } = this;
    for (; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (isInString) {
        if (byte === BACKSLASH) at += 1;
        else if (byte === QUOTE) isInString = false;
        continue;
      }
      const role = ROLES[byte];
      if (role === QUOTES) isInString = true;
      else if (role === OPENS || role === SEPARATES) values += 1;
    }
    this.at = at;
    this.isInString = isInString;
    this.values = values;
    return at < this.end && !this.hasTooMany;
  }
}
