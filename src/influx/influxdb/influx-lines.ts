import { Point } from '@influxdata/influxdb-client';

import type { SystemEvent } from '../../model/system-event.js';
import type { ReadingColumns } from '../../model/reading-columns.js';

export const MEASUREMENT = 'sensor_predictions';
export const EVENTS_MEASUREMENT = 'system_events';

/** Names that need no escape in a line, and no other encoding. */
const PLAIN = /^[\w.:/-]+$/;

/** InfluxDB cannot be asked for names with these: its answers in CSV leave out a carriage return, and no query may have NUL (2.9.1). */
export const UNREADABLE = /[\0\n\r]/;

/** Nor can a line carry these: a line feed ends it, and a backslash at the end of a name escapes what follows. */
const UNWRITABLE = /[\0\n\r]|\\$/;

/** InfluxDB skips this line. */
const COMMENT = '#';

/** The most sensors that LineWriter caches; with one more it clears the cache. */
const MAX_HEADS = 20_000;

/** The most parts of one line. */
const MAX_PARTS = 9;

/** Lines that are joined at once: the array of their parts stays small enough to be cheap for the garbage collector. */
const CHUNK_LINES = 1_000;

const THREE_DIGITS = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));

/** By thousandths: the text from the decimal point on, for numbers with at most three decimals. */
const DECIMALS = Array.from({ length: 1000 }, (_, thousandths) =>
  thousandths === 0 ? '' : (thousandths / 1000).toString().slice(1),
);
const MAX_FAST = 1e9;
const LINE_FEED = Buffer.from('\n');

/** What the lines of a sensor begin with. */
interface Head {
  readonly zone: string;
  /** Undefined when a line cannot carry the names. */
  readonly text: string | undefined;
  readonly isAscii: boolean;
}

/** Writes readings as InfluxDB line protocol, their timestamps in microseconds. */
export class LineWriter {
  /** By sensor id. */
  private readonly heads = new Map<string, Head>();
  /** The last time that was written: nearly always it is the next one's, too, and formatting long numbers is slow. */
  private milliseconds = NaN;
  private millisecondsText = '';

  /**
   * @param refuse called with the index of each reading whose names a line cannot carry unchanged
   * @returns a line for each reading, in order, in UTF-8, with a line feed between lines; a comment for one that is refused
   */
  write(readings: ReadingColumns, refuse: (index: number) => void): Buffer {
    const chunks: Buffer[] = [];
    for (let from = 0; from < readings.length; from += CHUNK_LINES) {
      if (from > 0) chunks.push(LINE_FEED);
      chunks.push(this.writeChunk(readings, from, Math.min(readings.length, from + CHUNK_LINES), refuse));
    }
    return Buffer.concat(chunks);
  }

  private writeChunk(
    readings: ReadingColumns,
    from: number,
    to: number,
    refuse: (index: number) => void,
  ): Buffer {
    // The client's Point gives the same lines in four times the time; a string for each line takes 1.5 times as long.
    const parts = new Array<string | number | undefined>((to - from) * MAX_PARTS);
    let count = 0;
    let isAscii = true;
    for (let index = from; index < to; index += 1) {
      const head = this.headOf(readings.sensorIdAt(index), readings.zoneAt(index));
      if (head.text === undefined) {
        refuse(index);
        parts[count++] = COMMENT;
      } else {
        const latencyMs = readings.latencyMsAt(index);
        const timestampUs = readings.timestampUsAt(index);
        isAscii &&= head.isAscii;
        parts[count++] = head.text;
        if (latencyMs === undefined) {
          parts[count++] = 'value=';
        } else {
          parts[count++] = 'latency_ms=';
          parts[count++] = toText(latencyMs);
          parts[count++] = ',value=';
        }
        parts[count++] = toText(readings.valueAt(index));
        parts[count++] = ' ';
        const milliseconds = Math.floor(timestampUs / 1000);
        const microseconds = timestampUs - milliseconds * 1000;
        if (milliseconds > 0) {
          parts[count++] = this.textOf(milliseconds);
          parts[count++] = THREE_DIGITS[microseconds];
        } else {
          parts[count++] = timestampUs;
        }
      }
      parts[count++] = '\n';
    }
    parts.length = count - 1;
    // For ASCII latin1 gives the same bytes as UTF-8, several times as fast.
    return Buffer.from(parts.join(''), isAscii ? 'latin1' : 'utf8');
  }

  private textOf(milliseconds: number): string {
    if (milliseconds !== this.milliseconds) {
      this.milliseconds = milliseconds;
      this.millisecondsText = String(milliseconds);
    }
    return this.millisecondsText;
  }

  private headOf(sensorId: string, zone: string): Head {
    const known = this.heads.get(sensorId);
    if (known?.zone === zone) return known;
    const isUnwritable = UNWRITABLE.test(sensorId) || UNWRITABLE.test(zone);
    const text = `${MEASUREMENT},sensor_id=${escapeTag(sensorId)},zone=${escapeTag(zone)} `;
    const isAscii = PLAIN.test(sensorId) && PLAIN.test(zone);
    const head = { zone, text: isUnwritable ? undefined : text, isAscii };
    if (this.heads.size >= MAX_HEADS) this.heads.clear();
    this.heads.set(sensorId, head);
    return head;
  }
}

/** The client's Point would write a tab as a backslash and a t. */
function escapeTag(text: string): string {
  return text.replace(/[, =]/g, '\\$&');
}

/**
 * The shortest text for exactly this number. Nearly all measured values have at most three decimals; the general
 * conversion takes three times as long.
 */
function toText(value: number): string | number {
  const thousandths = Math.round(value * 1000);
  // The quotient is the number nearest to the text, so parsing the text gives it back.
  if (thousandths / 1000 !== value || value < 0 || value > MAX_FAST) return value;
  const whole = Math.floor(value);
  return `${whole}${DECIMALS[thousandths - whole * 1000]}`;
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
