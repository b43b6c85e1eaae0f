import { Point } from '@influxdata/influxdb-client';

import type { SystemEvent } from '../logs/system-event.js';
import type { Reading } from '../reading/reading.js';

export const MEASUREMENT = 'sensor_predictions';
export const EVENTS_MEASUREMENT = 'system_events';

/** Names that stand in a line as they are. */
const PLAIN = /^[\w.:/-]+$/;

/** A reading as InfluxDB line protocol, its timestamp in microseconds. */
export function toLine({ sensorId, zone, value, latencyMs, timestampUs }: Reading): string {
  // The client's Point says the same in four times as long.
  if (PLAIN.test(sensorId) && PLAIN.test(zone)) {
    const latency = latencyMs === undefined ? '' : `latency_ms=${latencyMs},`;
    return `${MEASUREMENT},sensor_id=${sensorId},zone=${zone} ${latency}value=${value} ${timestampUs}`;
  }
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
