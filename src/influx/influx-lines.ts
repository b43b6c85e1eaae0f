import { Point } from '@influxdata/influxdb-client';

import type { Reading } from '../reading/reading.js';

export const MEASUREMENT = 'sensor_predictions';

/** Readings as InfluxDB line protocol, one a line, timestamps in microseconds. */
export function toLines(readings: readonly Reading[]): string {
  return readings.map(toLine).join('\n');
}

function toLine({ sensorId, zone, value, latencyMs, timestampUs }: Reading): string {
  const point = new Point(MEASUREMENT)
    .tag('sensor_id', sensorId)
    .tag('zone', zone)
    .floatField('value', value);
  if (latencyMs !== undefined) point.floatField('latency_ms', latencyMs);
  const line = point.timestamp(timestampUs).toLineProtocol();
  if (line === undefined) throw new Error('A reading became no line');
  return line;
}
