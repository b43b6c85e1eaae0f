import type { Steps } from '../../common/scheduling/time-slices.js';
import type { NewReading } from '../../model/reading.js';
import { ByteScanner, Literal } from '../byte-scanner.js';

const [OPEN_ARRAY = 0, CLOSE_ARRAY = 0, COMMA = 0, CLOSE_OBJECT = 0] = Buffer.from('[],}');
const [QUOTE = 0, SPACE = 0, TAB = 0, LINE_FEED = 0, RETURN = 0, ZERO = 0, NINE = 0] =
  Buffer.from('" \t\n\r09');
const [MINUS = 0, TILDE = 0, BACKSLASH = 0] = Buffer.from('-~\\');
const OPEN = new Literal('{"sensorId":');
const ZONE = new Literal('"zone":');
const VALUE = new Literal('"value":');
const LATENCY = new Literal('"latencyMs":');
const TIMESTAMP = new Literal('"timestamp":');

/** Longer texts are no times. */
const MAX_TIMESTAMP_LENGTH = 40;
/** More spaces in a row are another way to write it: a step must not take long. */
const MAX_SPACES = 64;
/** Records that are read in one step, between two looks at the clock. */
const RECORDS_PER_STEP = 64;

/** A record with a timestamp, which is to be checked. */
interface TimedRecord extends Omit<NewReading, 'timestampUs'> {
  readonly timestamp: string | number;
}

/** A batch of which only the timestamps are to be checked: records without one are readings already. */
export class PlainBatch {
  readonly records: (NewReading | TimedRecord)[] = [];
}

/**
 * Reads a batch in JSON or NDJSON as most programs write it: the fields of each record in the order of the documentation, spaces only
 * between them, no escapes and no exponents. It needs half the time of JSON.parse() and the checks that follow. It stops
 * at the first thing that is different, whether right or wrong; then the batch must be read by JSON.parse().
 */
export class PlainBatchParser implements Steps {
  /** Undefined when the batch is written in another way. */
  batch: PlainBatch | undefined = new PlainBatch();
  private readonly scanner: ByteScanner;

  /**
   * @param bytes UTF-8
   * @param maxRecords a longer batch is another thing
   */
  constructor(
    private readonly bytes: Buffer,
    private readonly isArray: boolean,
    private readonly maxRecords: number,
  ) {
    this.scanner = new ByteScanner(bytes);
  }

  step(): boolean {
    if (this.isArray && this.scanner.at === 0) this.skipStart();
    for (let left = RECORDS_PER_STEP; left > 0 && this.batch; left -= 1) {
      if (this.isArray) this.skipWhite();
      if (this.batch.records.length === this.maxRecords || !this.read(this.batch)) this.batch = undefined;
      else if (this.isArray ? this.isArrayOver() : this.areLinesOver()) return false;
    }
    return this.batch !== undefined;
  }

  private skipStart(): void {
    this.skipWhite();
    if (!this.scanner.skipByte(OPEN_ARRAY)) this.batch = undefined;
  }

  /** After a record of an array. */
  private isArrayOver(): boolean {
    const { scanner } = this;
    this.skipWhite();
    if (scanner.skipByte(COMMA)) return false;
    if (scanner.skipByte(CLOSE_ARRAY)) this.skipWhite();
    else this.batch = undefined;
    if (scanner.at !== this.bytes.length) this.batch = undefined;
    return true;
  }

  /** After a record of NDJSON. */
  private areLinesOver(): boolean {
    const { scanner, bytes } = this;
    scanner.skipByte(RETURN);
    if (scanner.at < bytes.length && !scanner.skipByte(LINE_FEED)) this.batch = undefined;
    return scanner.at === bytes.length;
  }

  /** Reads a record. @returns false when it is written in another way */
  private read({ records }: PlainBatch): boolean {
    const { scanner } = this;
    if (!scanner.skip(OPEN)) return false;
    const sensorId = this.name();
    if (sensorId === undefined || !this.skipField(ZONE)) return false;
    const zone = this.name();
    if (zone === undefined || !this.skipField(VALUE)) return false;
    const value = this.number();
    if (!this.skipField(LATENCY)) return false;
    const latencyMs = this.number();
    if (Number.isNaN(value) || Number.isNaN(latencyMs)) return false;
    this.skipSpaces();
    if (scanner.skipByte(CLOSE_OBJECT)) {
      // The shape of all other readings: what follows is faster with one shape.
      records.push({ sensorId, zone, value, latencyMs, timestampUs: undefined });
      return true;
    }
    if (!this.skipField(TIMESTAMP)) return false;
    const timestamp = this.timestamp();
    if (timestamp === undefined) return false;
    records.push({ sensorId, zone, value, latencyMs, timestamp });
    this.skipSpaces();
    return scanner.skipByte(CLOSE_OBJECT);
  }

  /** Skips the comma before a field, and its name. */
  private skipField(name: Literal): boolean {
    this.skipSpaces();
    if (!this.scanner.skipByte(COMMA)) return false;
    this.skipSpaces();
    return this.scanner.skip(name);
  }

  private name(): string | undefined {
    const { scanner } = this;
    this.skipSpaces();
    if (!scanner.skipByte(QUOTE)) return undefined;
    const start = scanner.at;
    const end = scanner.skipName();
    return end >= 0 && scanner.skipByte(QUOTE) ? scanner.slice(start, end) : undefined;
  }

  /** @returns NaN when it is not a number in this form; JSON has no zeros before the others */
  private number(): number {
    const { scanner } = this;
    this.skipSpaces();
    const { bytes, at } = scanner;
    const first = bytes[at] === MINUS ? at + 1 : at;
    const second = bytes[first + 1] ?? 0;
    if (bytes[first] === ZERO && second >= ZERO && second <= NINE) return NaN;
    return scanner.number();
  }

  private timestamp(): string | number | undefined {
    const { scanner } = this;
    this.skipSpaces();
    if (!scanner.skipByte(QUOTE)) {
      const number = this.number();
      return Number.isNaN(number) ? undefined : number;
    }
    const { bytes, at: start } = scanner;
    const last = start + MAX_TIMESTAMP_LENGTH;
    let at = start;
    for (; at < last; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte < SPACE || byte > TILDE || byte === QUOTE || byte === BACKSLASH) break;
    }
    scanner.at = at;
    return scanner.skipByte(QUOTE) ? scanner.slice(start, at) : undefined;
  }

  private skipSpaces(): void {
    const { scanner } = this;
    const last = scanner.at + MAX_SPACES;
    while (scanner.at < last && scanner.skipByte(SPACE));
  }

  /** Skips what JSON allows between values. */
  private skipWhite(): void {
    const { scanner } = this;
    const { bytes } = scanner;
    const last = scanner.at + MAX_SPACES;
    for (; scanner.at < last; scanner.at += 1) {
      const byte = bytes[scanner.at];
      if (byte !== SPACE && byte !== LINE_FEED && byte !== RETURN && byte !== TAB) return;
    }
  }
}

/** @returns the reading that a body holds; undefined when it has a timestamp, or is written in another way */
export function parsePlainReading(body: Buffer): NewReading | undefined {
  const parser = new PlainBatchParser(body, false, 1);
  parser.step();
  const record = parser.batch?.records[0];
  return record && 'timestampUs' in record ? record : undefined;
}
