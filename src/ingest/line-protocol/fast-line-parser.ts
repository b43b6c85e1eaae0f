import { MEASUREMENT } from '../../influx/influxdb/influx-lines.js';
import type { NewReading } from '../../model/reading.js';
import { type Precision, US_PER_UNIT } from '../../model/precision.js';
import { ByteScanner, Literal, MAX_DIGITS } from '../byte-scanner.js';
import { CARRIAGE_RETURN, LINE_FEED, SPACE } from './characters.js';
import type { LinesBody } from './lines-body.js';

const START = new Literal(`${MEASUREMENT},sensor_id=`);
const ZONE = new Literal(',zone=');
const VALUE = new Literal(' value=');
const LATENCY = new Literal(',latency_ms=');

/** The byte of every character that is not ASCII: no line of this form has one. */
const NOT_ASCII = 255;
/** More characters than a line of this form has. */
const MAX_LINE = 1 << 10;
/** Characters whose bytes are made at once. */
const FILL = 16 << 10;

/** The fast path: reads lines as most programs write them, without escapes or quotes and in one order. */
export class FastLineParser {
  private readonly text: string;
  private readonly scanner: ByteScanner;
  /** Up to here the scanner has its bytes. */
  private filled: number;

  constructor(
    { text, ascii }: LinesBody,
    private readonly precision: Precision,
  ) {
    this.text = text;
    this.scanner = new ByteScanner(ascii ?? Buffer.alloc(text.length), text);
    this.filled = ascii ? text.length : 0;
  }

  /** Where the last line that was read ends. */
  get end(): number {
    return this.scanner.at;
  }

  /** @returns the reading of the line that begins at `start`; undefined when the line has another form, or is wrong */
  read(start: number): NewReading | undefined {
    const { scanner } = this;
    if (start + MAX_LINE > this.filled) this.fill(start);
    scanner.at = start;
    if (!scanner.skip(START)) return undefined;
    const sensorStart = scanner.at;
    const sensorEnd = scanner.skipName();
    if (!scanner.skip(ZONE)) return undefined;
    const zoneStart = scanner.at;
    const zoneEnd = scanner.skipName();
    if (sensorEnd < 0 || zoneEnd < 0 || !scanner.skip(VALUE)) return undefined;
    const value = scanner.number();
    const latencyMs = scanner.skip(LATENCY) ? scanner.number() : undefined;
    const timestampUs = scanner.skipByte(SPACE) ? this.timestamp() : undefined;
    scanner.skipByte(CARRIAGE_RETURN);
    const { at, bytes } = scanner;
    if (at !== bytes.length && bytes[at] !== LINE_FEED) return undefined;
    if (Number.isNaN(value) || Number.isNaN(latencyMs ?? 0) || Number.isNaN(timestampUs ?? 0))
      return undefined;
    const sensorId = scanner.slice(sensorStart, sensorEnd);
    const zone = scanner.slice(zoneStart, zoneEnd);
    // Spelled out, so that all readings have one shape: an object made by spreading is several times as slow to use.
    return { sensorId, zone, value, latencyMs, timestampUs };
  }

  /** @returns microseconds since the Unix epoch; NaN when it is not a timestamp, or may be inexact */
  private timestamp(): number {
    const { scanner } = this;
    const start = scanner.at;
    let number = scanner.digits();
    const end = scanner.at;
    if (end === start || end - start > MAX_DIGITS) return NaN;
    if (this.precision === 'ns') number = Number(scanner.slice(start, Math.max(start, end - 3)));
    else number *= US_PER_UNIT[this.precision];
    return Number.isSafeInteger(number) ? number : NaN;
  }

  /** Makes the bytes of a text that is not ASCII, some lines at a time: the event loop may not wait for those of a long text. */
  private fill(start: number): void {
    const { text } = this;
    const { bytes } = this.scanner;
    const end = Math.min(text.length, start + FILL);
    for (let at = Math.max(start, this.filled); at < end; at += 1)
      bytes[at] = Math.min(text.charCodeAt(at), NOT_ASCII);
    this.filled = Math.max(this.filled, end);
  }
}
