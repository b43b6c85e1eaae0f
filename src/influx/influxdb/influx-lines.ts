import { Point } from '@influxdata/influxdb-client';

import type { SystemEvent } from '../../model/system-event.js';
import type { ReadingColumns } from '../../model/reading-columns.js';

export const MEASUREMENT = 'sensor_predictions';
export const EVENTS_MEASUREMENT = 'system_events';

/** InfluxDB cannot be asked for names with these: its answers in CSV leave out a carriage return, and no query may have NUL (2.9.1). */
export const UNREADABLE = /[\0\n\r]/;

/** Nor can a line carry these: a line feed ends it, and a backslash at the end of a name escapes what follows. */
const UNWRITABLE = /[\0\n\r]|\\$/;

/** InfluxDB skips this line. */
const COMMENT = Buffer.from('#');

/** The most sensors that LineWriter caches; with one more it clears the cache. */
const MAX_HEADS = 20_000;

/** Bytes of one line, at most, besides what it begins with: two numbers of up to 24 characters, the names of the fields, the time. */
const MAX_LINE = 100;
/** Bytes of most lines, or more. */
const USUAL_LINE = 120;

/** Buffers that LineWriter keeps: one for each write that the store does at once. */
const MAX_SPARE = 4;
/** Larger ones are not kept; those of 5,000 usual lines have 0.6 MiB. */
const MAX_SPARE_BYTES = 1 << 20;

const BEGIN = Buffer.from(`${MEASUREMENT},sensor_id=`);
const ZONE = Buffer.from(',zone=');
/** By code: 1 for the characters that stand for themselves in a name. */
const IS_PLAIN = Uint8Array.from({ length: 128 }, (_, character) =>
  Number(/[!-~]/.test(String.fromCharCode(character)) && !',=\\'.includes(String.fromCharCode(character))),
);
const LATENCY = Buffer.from('latency_ms=');
const VALUE = Buffer.from('value=');
const COMMA = code(',');
const SPACE = code(' ');
const LINE_FEED = code('\n');
const MINUS = code('-');
const POINT = code('.');
const ZERO = code('0');

/** Up to here, thousandths are exact, and so are whole numbers when they are divided. */
const MAX_FAST = 1e9;

/** What the lines of a sensor begin with. */
interface Head {
  readonly zone: string;
  /** In UTF-8; undefined when a line cannot carry the names. */
  readonly bytes: Uint8Array | undefined;
}

/** Writes readings as InfluxDB line protocol, their timestamps in microseconds. */
export class LineWriter {
  /** By sensor id, of names that are not plain. */
  private readonly heads = new Map<string, Head>();
  /** The last time that was written: nearly always it is the next one's, too, and formatting long numbers is slow. */
  private milliseconds = NaN;
  private millisecondsText: Uint8Array = COMMENT;
  /**
   * Buffers that can be used again. V8 counts their bytes, and collects its whole heap whenever 64 MiB of them came together:
   * with a new one for each write that was every 150 ms of an ingest of batches (docs/performance.md).
   */
  private readonly spare: Buffer[] = [];

  /**
   * @param refuse called with the index of each reading whose names a line cannot carry unchanged
   * @returns a line for each reading, in order, in UTF-8, with a line feed between lines; a comment for one that is refused
   */
  write(readings: ReadingColumns, refuse: (index: number) => void): Buffer {
    // Byte by byte into one buffer: lines joined from strings take twice as long, the client's Point eight times.
    let out = this.buffer(readings.length * USUAL_LINE + MAX_LINE);
    let at = 0;
    for (let index = 0; index < readings.length; index += 1) {
      const sensorId = readings.sensorIdAt(index);
      const zone = readings.zoneAt(index);
      const room = BEGIN.length + sensorId.length + ZONE.length + zone.length + MAX_LINE;
      if (at + room > out.length) out = larger(out, room);
      const end = putPlainHead(out, at, sensorId, zone);
      if (end > 0) {
        at = this.putFields(out, end, readings, index);
      } else {
        const { bytes } = this.headOf(sensorId, zone);
        const head = bytes ?? COMMENT;
        if (at + head.length + MAX_LINE > out.length) out = larger(out, head.length + MAX_LINE);
        out.set(head, at);
        at += head.length;
        if (bytes) at = this.putFields(out, at, readings, index);
        else refuse(index);
      }
      out[at++] = LINE_FEED;
    }
    return out.subarray(0, Math.max(0, at - 1));
  }

  /** Uses the buffer of lines from write() again. To be called once nobody reads them any longer, or not at all. */
  takeBack(lines: Buffer): void {
    const { buffer } = lines;
    if (this.spare.length < MAX_SPARE && buffer.byteLength <= MAX_SPARE_BYTES)
      this.spare.push(Buffer.from(buffer));
  }

  private buffer(bytes: number): Buffer {
    const spare = this.spare.pop();
    return spare && spare.length >= bytes ? spare : newBuffer(bytes);
  }

  private putFields(out: Buffer, from: number, readings: ReadingColumns, index: number): number {
    const latencyMs = readings.latencyMsAt(index);
    const timestampUs = readings.timestampUsAt(index);
    let at = from;
    if (latencyMs !== undefined) {
      at = putNumber(out, putBytes(out, at, LATENCY), latencyMs);
      out[at++] = COMMA;
    }
    at = putNumber(out, putBytes(out, at, VALUE), readings.valueAt(index));
    out[at++] = SPACE;
    const milliseconds = Math.floor(timestampUs / 1000);
    if (milliseconds <= 0) return putText(out, at, String(timestampUs));
    if (milliseconds !== this.milliseconds) {
      this.milliseconds = milliseconds;
      this.millisecondsText = Buffer.from(String(milliseconds));
    }
    return putThousandths(
      out,
      putBytes(out, at, this.millisecondsText),
      timestampUs - milliseconds * 1000,
      3,
    );
  }

  private headOf(sensorId: string, zone: string): Head {
    const known = this.heads.get(sensorId);
    if (known?.zone === zone) return known;
    const isUnwritable = UNWRITABLE.test(sensorId) || UNWRITABLE.test(zone);
    const text = `${MEASUREMENT},sensor_id=${escapeTag(sensorId)},zone=${escapeTag(zone)} `;
    const head = { zone, bytes: isUnwritable ? undefined : Buffer.from(text) };
    if (this.heads.size >= MAX_HEADS) this.heads.clear();
    this.heads.set(sensorId, head);
    return head;
  }
}

// Each of these writes at an offset, and returns the offset behind what it wrote.

/**
 * What a line begins with, from the characters of the names: a cache by name would be somewhere in memory for each reading, which
 * takes longer than to write it again. Returns 0 when a name is not plain.
 */
function putPlainHead(out: Buffer, from: number, sensorId: string, zone: string): number {
  const zoneAt = putPlain(out, putBytes(out, from, BEGIN), sensorId);
  if (zoneAt === 0) return 0;
  const at = putPlain(out, putBytes(out, zoneAt, ZONE), zone);
  if (at === 0) return 0;
  out[at] = SPACE;
  return at + 1;
}

function putPlain(out: Buffer, from: number, name: string): number {
  for (let index = 0; index < name.length; index += 1) {
    const character = name.charCodeAt(index);
    if (IS_PLAIN[character] !== 1) return 0;
    out[from + index] = character;
  }
  return from + name.length;
}

/**
 * The shortest text for exactly this number. Nearly all measured values have at most three decimals; the general
 * conversion takes many times as long.
 */
function putNumber(out: Buffer, from: number, value: number): number {
  const size = Math.abs(value);
  const thousandths = Math.round(size * 1000);
  // The quotient is the number nearest to the text, so parsing the text gives it back.
  if (!(size <= MAX_FAST) || thousandths / 1000 !== size) return putText(out, from, String(value));
  let at = from;
  if (value < 0) out[at++] = MINUS;
  const whole = Math.trunc(thousandths / 1000);
  const decimals = thousandths - whole * 1000;
  at = putWhole(out, at, whole);
  if (decimals === 0) return at;
  out[at++] = POINT;
  return putThousandths(out, at, decimals, decimals % 100 === 0 ? 1 : decimals % 10 === 0 ? 2 : 3);
}

// Numbers of 32 bits, here and below: V8 divides them by a constant in a tenth of the time that others take.

/** The first `digits` of three digits. */
function putThousandths(out: Buffer, from: number, number: number, digits: number): number {
  const all = number | 0;
  const hundreds = (all / 100) | 0;
  const rest = all - hundreds * 100;
  const tens = (rest / 10) | 0;
  out[from] = ZERO + hundreds;
  if (digits > 1) out[from + 1] = ZERO + tens;
  if (digits > 2) out[from + 2] = ZERO + rest - tens * 10;
  return from + digits;
}

/** @param number a whole number up to MAX_FAST */
function putWhole(out: Buffer, from: number, number: number): number {
  let rest = number | 0;
  let end = from + 1;
  for (let limit = 10; rest >= limit; limit *= 10) end += 1;
  for (let at = end - 1; at >= from; at -= 1) {
    const tenth = (rest / 10) | 0;
    out[at] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}

/** @param text in ASCII */
function putText(out: Buffer, from: number, text: string): number {
  for (let index = 0; index < text.length; index += 1) out[from + index] = text.charCodeAt(index);
  return from + text.length;
}

function putBytes(out: Buffer, from: number, bytes: Uint8Array): number {
  for (let index = 0; index < bytes.length; index += 1) out[from + index] = bytes[index] ?? 0;
  return from + bytes.length;
}

/** With an ArrayBuffer of its own: takeBack() must not get the one that Node shares among small buffers. */
function newBuffer(bytes: number): Buffer<ArrayBuffer> {
  return Buffer.allocUnsafeSlow(bytes);
}

/** The same bytes, with room for more. */
function larger(bytes: Buffer, more: number): Buffer<ArrayBuffer> {
  const result = newBuffer(2 * bytes.length + more);
  result.set(bytes);
  return result;
}

function code(character: string): number {
  return character.charCodeAt(0);
}

/** The client's Point would write a tab as a backslash and a t. */
function escapeTag(text: string): string {
  return text.replace(/[, =]/g, '\\$&');
}

/** An entry of the system log as line protocol. Its time and tags never change, so the same entry is the same point. */
export function toEventLine({
  id,
  timeUs,
  type,
  message,
  sensorId,
  zone,
  value,
  ruleId,
}: SystemEvent): string {
  const point = new Point(EVENTS_MEASUREMENT).tag('type', type);
  if (sensorId !== undefined) point.tag('sensor_id', sensorId);
  if (zone !== undefined) point.tag('zone', zone);
  if (ruleId !== undefined) point.tag('rule_id', ruleId);
  point.stringField('id', id).stringField('message', message);
  // The log may hold values that line protocol cannot write.
  if (value !== undefined && Number.isFinite(value)) point.floatField('value', value);
  return lineOf(point.timestamp(timeUs));
}

function lineOf(point: Point): string {
  const line = point.toLineProtocol();
  if (line === undefined) throw new Error('A point without fields has no line');
  return line;
}
