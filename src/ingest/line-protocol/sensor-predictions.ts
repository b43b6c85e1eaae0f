import { formatValue } from '../../common/errors/format-value.js';
import { mustBeMessage } from '../../common/validation/must-be.js';
import { MEASUREMENT } from '../../influx/influxdb/influx-lines.js';
import { IDENTIFIER_RULE, isIdentifier } from '../../model/identifier.js';
import type { NewReading } from '../../model/reading.js';
import type { Submitted } from '../record-refusal.js';
import type { PointMapper } from './point-mapper.js';
import { type Point, readNumber } from './point.js';

const TAGS = ['sensor_id', 'zone'];
const FIELDS = ['value', 'latency_ms'];

/**
 * The points that the gateway itself writes: the measurement sensor_predictions with the tags sensor_id and zone, the
 * field value and, optionally, latency_ms.
 */
export const SENSOR_PREDICTIONS: PointMapper = {
  toReadings: (point) => [toReading(point)],
};

function toReading({ measurement, tags, fields, timestampUs }: Point): Submitted {
  if (measurement !== MEASUREMENT)
    return refused('measurement', mustBeMessage('the measurement', MEASUREMENT, measurement));
  const sensorId = tags.get('sensor_id');
  const zone = tags.get('zone');
  const unknown = findUnknown('tag', tags, TAGS) ?? findUnknown('field', fields, FIELDS);
  if (unknown) return unknown;
  if (!isIdentifier(sensorId))
    return refused('sensor_id', mustBeMessage('tag sensor_id', IDENTIFIER_RULE, sensorId));
  if (!isIdentifier(zone)) return refused('zone', mustBeMessage('tag zone', IDENTIFIER_RULE, zone));
  const value = readNumber('value', fields.get('value'));
  if (typeof value === 'string') return refused('value', value);
  const latency = fields.get('latency_ms');
  const latencyMs = latency === undefined ? undefined : readNumber('latency_ms', latency);
  if (typeof latencyMs === 'string') return refused('latency_ms', latencyMs);
  const reading: NewReading = { sensorId, zone, value, latencyMs, timestampUs };
  return reading;
}

function findUnknown(
  what: 'tag' | 'field',
  pairs: ReadonlyMap<string, string>,
  known: readonly string[],
): Submitted | undefined {
  for (const name of pairs.keys())
    if (!known.includes(name))
      return refused(
        name,
        `${what} ${formatValue(name)} is not known here; the ${what}s are ${known.join(', ')}`,
      );
  return undefined;
}

function refused(path: string, message: string): Submitted {
  return [{ path, message }];
}
