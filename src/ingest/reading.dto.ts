import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';

import { Identifier } from '../reading/identifier.decorator.js';
import type { NewReading } from '../reading/reading.js';
import { parseTimestamp, TIMESTAMP_RULE } from '../reading/timestamp.js';
import { FiniteNumber } from '../validation/finite-number.decorator.js';
import { mustBe } from '../validation/must-be.js';

/** A reading as devices POST it. */
export class ReadingDto {
  @Identifier('The device that measures', 'sensor_001')
  sensorId!: string;

  @Identifier('The place it stands in', 'zone_A')
  zone!: string;

  @FiniteNumber()
  @ApiProperty({ type: Number, description: 'The measured value, any finite number', example: 42.5 })
  value!: number;

  @FiniteNumber()
  @ApiProperty({ type: Number, description: 'Milliseconds from measurement to sending', example: 12.3 })
  latencyMs!: number;

  @ValidateIf(({ timestamp }: ReadingDto) => timestamp !== undefined)
  @ValidateBy({
    name: 'timestamp',
    validator: {
      validate: (value) => parseTimestamp(value) !== undefined,
      defaultMessage: mustBe(TIMESTAMP_RULE),
    },
  })
  @ApiProperty({
    required: false,
    description: `When it was measured: ${TIMESTAMP_RULE}. Without it, the time of acceptance`,
    oneOf: [
      { type: 'string', format: 'date-time' },
      { type: 'number', description: 'Milliseconds since the Unix epoch' },
    ],
    example: '2026-01-30T14:18:38.123456Z',
  })
  timestamp?: string | number;

  toReading(): NewReading {
    const { sensorId, zone, value, latencyMs, timestamp } = this;
    return { sensorId, zone, value, latencyMs, timestampUs: parseTimestamp(timestamp) };
  }
}
