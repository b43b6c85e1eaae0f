import { fromCursor, toCursor } from '../http/pagination/cursor.js';
import { Cursor, Limit } from '../http/pagination/paging.decorator.js';
import { OptionalIdentifier } from '../model/identifier.decorator.js';

/** Selects a page of sensors. */
export class SensorsQueryDto {
  @OptionalIdentifier('Only sensors whose newest reading is of this zone', 'zone_A')
  zone?: string;

  @Limit(10_000, 1_000)
  limit = 1_000;

  @Cursor((cursor) => toSensorId(cursor) !== undefined)
  cursor?: string;
}

/** Where a page that ended with this sensor goes on. */
export function sensorCursor(sensorId: string): string {
  return toCursor([sensorId]);
}

/** @returns undefined when the text is not from sensorCursor() */
export function toSensorId(cursor: string): string | undefined {
  const [sensorId] = fromCursor(cursor, 1) ?? [];
  return typeof sensorId === 'string' ? sensorId : undefined;
}
