import { ApiProperty } from '@nestjs/swagger';

import { Identifier } from './identifier.decorator.js';
import type { Reading } from './reading.js';
import { TimestampProperty } from './timestamp.decorator.js';
import { formatTimestamp } from './timestamp.js';

/** A reading as the API returns it. */
export class StoredReadingDto {
  @Identifier('The device that measured', 'sensor_001')
  readonly sensorId: string;

  @Identifier('The place where it stood', 'zone_A')
  readonly zone: string;

  @ApiProperty({ type: Number, example: 42.5 })
  readonly value: number;

  @ApiProperty({
    type: Number,
    required: false,
    description: 'Milliseconds from measurement to sending; absent when the device did not send it',
    example: 12.3,
  })
  readonly latencyMs?: number;

  @TimestampProperty('When it was measured')
  readonly timestamp: string;

  constructor({ sensorId, zone, value, latencyMs, timestampUs }: Reading) {
    this.sensorId = sensorId;
    this.zone = zone;
    this.value = value;
    this.latencyMs = latencyMs;
    this.timestamp = formatTimestamp(timestampUs);
  }
}
