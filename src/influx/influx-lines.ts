import { Point } from '@influxdata/influxdb-client';

import type { Reading } from '../reading/reading.js';

export const MEASUREMENT = 'sensor_predictions';

/** A reading as InfluxDB line protocol, its timestamp in microseconds. */
export function toLine({ sensorId, zone, value, latencyMs, timestampUs }: Reading): string {
  const point = new Point(MEASUREMENT)
    .tag('sensor_id', sensorId)
    .tag('zone', zone)
    .floatField('value', value);
  if (latencyMs !== undefined) point.floatField('latency_ms', latencyMs);
  const line = point.timestamp(timestampUs).toLineProtocol();
  if (line === undefined) throw new Error('A reading became no line');
  return line;
}
