import { ApiProperty } from '@nestjs/swagger';

import type { Sensor } from '../registry/sensor.js';
import { Identifier } from '../model/identifier.decorator.js';
import { formatTimestamp } from '../model/timestamp.js';

const EXAMPLE = '2026-01-30T14:18:38.123Z';

/** A known sensor. */
export class SensorDto {
  @Identifier('The sensor', 'sensor_001')
  readonly sensorId: string;

  @Identifier('The zone of its newest reading', 'zone_A')
  readonly zone: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    required: false,
    description: 'When its first reading was accepted; absent when the store had it before this gateway',
    example: EXAMPLE,
  })
  readonly firstSeen?: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    required: false,
    description: 'When its last reading was accepted, whatever its timestamp; absent when firstSeen is',
    example: EXAMPLE,
  })
  readonly lastSeen?: string;

  @ApiProperty({ type: 'integer', description: 'Readings that were accepted' })
  readonly readings: number;

  @ApiProperty({
    enum: ['online', 'silent'],
    description: 'silent: no reading was accepted for SENSOR_SILENT_AFTER, or for the time of a silent rule',
  })
  readonly status: 'online' | 'silent';

  constructor({ latest, firstMs, lastMs, readings }: Sensor, status: SensorDto['status']) {
    this.sensorId = latest.sensorId;
    this.zone = latest.zone;
    if (firstMs !== undefined) this.firstSeen = formatTimestamp(firstMs * 1000);
    if (lastMs !== undefined) this.lastSeen = formatTimestamp(lastMs * 1000);
    this.readings = readings;
    this.status = status;
  }
}
