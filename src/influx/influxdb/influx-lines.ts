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

/** Places of those that LineWriter finds fastest. */
const PLACE_BITS = 13;
/** Characters of a sensor id that choose its place: the last ones, where ids differ most. */
const PLACE_CHARACTERS = 8;

/** Bytes of one line, at most, besides what it begins with: two numbers of up to 24 characters, the names of the fields, the time. */
const MAX_LINE = 100;
/** Bytes of most lines, or more. */
const USUAL_LINE = 120;

/** Buffers that LineWriter keeps: one for each write that the store does at once. */
const MAX_SPARE = 4;
/** Larger ones are not kept; those of 5,000 usual lines have 0.6 MiB. */
const MAX_SPARE_BYTES = 1 << 20;

const LATENCY = Buffer.from('latency_ms=');
const VALUE = Buffer.from('value=');
const COMMA = code(',');
const SPACE = code(' ');
const LINE_FEED = code('\n');
const MINUS = code('-');
const POINT = code('.');
const ZERO = code('0');

/** The factor of FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
const FNV_PRIME = 0x01000193;
/** 2^32 divided by the golden ratio: times it, the highest bits of a number depend on all of its bits (Knuth, TAOCP 3, 6.4). */
const GOLDEN = 0x9e3779b1;

/** Up to here, thousandths are exact, and so are whole numbers when they are divided. */
const MAX_FAST = 1e9;

/** What the lines of a sensor begin with. */
interface Head {
  readonly sensorId: string;
  readonly zone: string;
  /** In UTF-8; undefined when a line cannot carry the names. */
  readonly bytes: Uint8Array | undefined;
}

/** No sensor has an empty id. */
const NO_HEAD: Head = { sensorId: '', zone: '', bytes: undefined };

/** Writes readings as InfluxDB line protocol, their timestamps in microseconds. */
export class LineWriter {
  /** By sensor id. */
  private readonly heads = new Map<string, Head>();
  /**
   * Those written last, by placeOf(). Readings that come from the journal have a new string for each id, and the map's own hash of a
   * new string takes longer than all else that a lookup does.
   */
  private readonly recent = Array.from({ length: 1 << PLACE_BITS }, () => NO_HEAD);
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
      const { bytes } = this.headOf(readings.sensorIdAt(index), readings.zoneAt(index));
      const head = bytes ?? COMMENT;
      if (at + head.length + MAX_LINE > out.length) out = larger(out, head.length + MAX_LINE);
      out.set(head, at);
      at += head.length;
      if (bytes) at = this.putFields(out, at, readings, index);
      else refuse(index);
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
    const place = placeOf(sensorId);
    const head = this.recent[place] ?? NO_HEAD;
    if (head.sensorId === sensorId && head.zone === zone) return head;
    return (this.recent[place] = this.findHead(sensorId, zone));
  }

  private findHead(sensorId: string, zone: string): Head {
    const known = this.heads.get(sensorId);
    if (known?.zone === zone) return known;
    const isUnwritable = UNWRITABLE.test(sensorId) || UNWRITABLE.test(zone);
    const text = `${MEASUREMENT},sensor_id=${escapeTag(sensorId)},zone=${escapeTag(zone)} `;
    const head = { sensorId, zone, bytes: isUnwritable ? undefined : Buffer.from(text) };
    if (this.heads.size >= MAX_HEADS) this.heads.clear();
    this.heads.set(sensorId, head);
    return head;
  }
}

// Each of these writes at an offset, and returns the offset behind what it wrote.

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

function placeOf(sensorId: string): number {
  let hash = 0;
  for (let at = Math.max(0, sensorId.length - PLACE_CHARACTERS); at < sensorId.length; at += 1)
    hash = Math.imul(hash ^ sensorId.charCodeAt(at), FNV_PRIME);
  return Math.imul(hash, GOLDEN) >>> (32 - PLACE_BITS);
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
