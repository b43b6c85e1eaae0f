import { ApiProperty } from '@nestjs/swagger';

import { SentIdentifier } from '../model/identifier.decorator.js';
import type { NewReading } from '../model/reading.js';
import { OptionalTimestamp } from '../model/timestamp.decorator.js';
import { parseTimestamp, TIMESTAMP_RULE } from '../model/timestamp.js';
import { FiniteNumber } from '../common/validation/finite-number.decorator.js';

/** A reading as devices POST it. */
export class ReadingDto {
  @SentIdentifier('The device that measures', 'sensor_001')
  sensorId!: string;

  @SentIdentifier('The place where it stands', 'zone_A')
  zone!: string;

  @FiniteNumber()
  @ApiProperty({ type: Number, description: 'The measured value, any finite number', example: 42.5 })
  value!: number;

  @FiniteNumber()
  @ApiProperty({ type: Number, description: 'Milliseconds from measurement to sending', example: 12.3 })
  latencyMs!: number;

  @OptionalTimestamp(`When it was measured: ${TIMESTAMP_RULE}. Without it, the time of acceptance`)
  timestamp?: string | number;

  toReading(): NewReading {
    const { sensorId, zone, value, latencyMs, timestamp } = this;
    return { sensorId, zone, value, latencyMs, timestampUs: parseTimestamp(timestamp) };
  }
}
