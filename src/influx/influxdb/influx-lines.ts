import { Point } from '@influxdata/influxdb-client';

import type { SystemEvent } from '../../model/system-event.js';
import type { Reading } from '../../model/reading.js';
import type { ReadingColumns } from '../../model/reading-columns.js';

export const MEASUREMENT = 'sensor_predictions';
export const EVENTS_MEASUREMENT = 'system_events';

/** Names that stand in a line as they are. */
const PLAIN = /^[\w.:/-]+$/;

/** So many sensors are known to LineWriter at most; with more of them it begins anew. */
const MAX_HEADS = 20_000;

/** What a line is put together of, at most. */
const MAX_PARTS = 9;

/** So many lines are put together at once: the list of their parts is short enough to be made and left cheaply. */
const PIECE = 1_000;

const THREE_DIGITS = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));

/** What follows the point in a number of at most three decimals, by the thousandths. */
const DECIMALS = Array.from({ length: 1000 }, (_, thousandths) =>
  thousandths === 0 ? '' : (thousandths / 1000).toString().slice(1),
);
const MAX_PLAIN = 1e9;
const LINE_FEED = Buffer.from('\n');

/** Writes readings as InfluxDB line protocol, their timestamps in microseconds. */
export class LineWriter {
  /** What the lines of a sensor begin with, by its id; empty where that is not known. */
  private readonly heads = new Map<string, { readonly zone: string; readonly text: string }>();
  /** Of the time that was written last: nearly always the next one's, too, and long numbers are dear to write out. */
  private milliseconds = NaN;
  private millisecondsText = '';

  /** @returns a line for each reading in UTF-8, in their order, with a line feed between them */
  write(readings: ReadingColumns): Buffer {
    const pieces: Buffer[] = [];
    for (let from = 0; from < readings.length; from += PIECE) {
      if (from > 0) pieces.push(LINE_FEED);
      pieces.push(this.writePiece(readings, from, Math.min(readings.length, from + PIECE)));
    }
    return Buffer.concat(pieces);
  }

  private writePiece(readings: ReadingColumns, from: number, to: number): Buffer {
    // The client's Point says the same in four times as long, and a string for each line takes half as long again.
    const parts = new Array<string | number | undefined>((to - from) * MAX_PARTS);
    let count = 0;
    let isAscii = true;
    for (let place = from; place < to; place += 1) {
      const head = this.headOf(readings.sensorIdAt(place), readings.zoneAt(place));
      if (head === '') {
        parts[count++] = toLine(readings.at(place));
        isAscii = false;
      } else {
        const latencyMs = readings.latencyMsAt(place);
        const timestampUs = readings.timestampUsAt(place);
        parts[count++] = head;
        if (latencyMs === undefined) {
          parts[count++] = 'value=';
        } else {
          parts[count++] = 'latency_ms=';
          parts[count++] = toText(latencyMs);
          parts[count++] = ',value=';
        }
        parts[count++] = toText(readings.valueAt(place));
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
    // The same bytes as UTF-8 has, several times as fast.
    return Buffer.from(parts.join(''), isAscii ? 'latin1' : 'utf8');
  }

  private textOf(milliseconds: number): string {
    if (milliseconds !== this.milliseconds) {
      this.milliseconds = milliseconds;
      this.millisecondsText = String(milliseconds);
    }
    return this.millisecondsText;
  }

  private headOf(sensorId: string, zone: string): string {
    const known = this.heads.get(sensorId);
    if (known?.zone === zone) return known.text;
    const isPlain = PLAIN.test(sensorId) && PLAIN.test(zone);
    const text = isPlain ? `${MEASUREMENT},sensor_id=${sensorId},zone=${zone} ` : '';
    if (this.heads.size >= MAX_HEADS) this.heads.clear();
    this.heads.set(sensorId, { zone, text });
    return text;
  }
}

/**
 * A number that its text names exactly. Nearly all that sensors measure has at most three decimals; to find the shortest text
 * of any number takes three times as long.
 */
function toText(value: number): string | number {
  const thousandths = Math.round(value * 1000);
  // The quotient is the number that is nearest to the text, which is what reading the text gives.
  if (thousandths / 1000 !== value || value < 0 || value > MAX_PLAIN) return value;
  const whole = Math.floor(value);
  return `${whole}${DECIMALS[thousandths - whole * 1000]}`;
}

function toLine({ sensorId, zone, value, latencyMs, timestampUs }: Reading): string {
  const point = new Point(MEASUREMENT)
    .tag('sensor_id', sensorId)
    .tag('zone', zone)
    .floatField('value', value);
  if (latencyMs !== undefined) point.floatField('latency_ms', latencyMs);
  return lineOf(point.timestamp(timestampUs));
}

/** An entry of the system log as line protocol: its time and tags are fixed, so the same again is the same point. */
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
  // The log may hold what line protocol cannot carry.
  if (value !== undefined && Number.isFinite(value)) point.floatField('value', value);
  return lineOf(point.timestamp(timeUs));
}

function lineOf(point: Point): string {
  const line = point.toLineProtocol();
  if (line === undefined) throw new Error('A point without fields has no line');
  return line;
}
