import { ApiProperty } from '@nestjs/swagger';

import { NEW_IDENTIFIER_RULE, NEW_IDENTIFIER_SCHEMA } from '../model/identifier.js';
import { TIME_EXAMPLE, TIME_SCHEMA } from '../model/timestamp.decorator.js';

/** A reading as devices POST it, for the OpenAPI document; checkReading() checks it. */
export class ReadingDto {
  @ApiProperty({
    ...NEW_IDENTIFIER_SCHEMA,
    description: `The device that measures: ${NEW_IDENTIFIER_RULE}`,
    example: 'sensor_001',
  })
  sensorId!: string;

  @ApiProperty({
    ...NEW_IDENTIFIER_SCHEMA,
    description: `The place where it stands: ${NEW_IDENTIFIER_RULE}`,
    example: 'zone_A',
  })
  zone!: string;

  @ApiProperty({ type: Number, description: 'The measured value, any finite number', example: 42.5 })
  value!: number;

  @ApiProperty({ type: Number, description: 'Milliseconds from measurement to sending', example: 12.3 })
  latencyMs!: number;

  @ApiProperty({
    required: false,
    description:
      'When it was measured: an RFC 3339 time, or a number since the Unix epoch in the unit of the parameter precision, by default milliseconds. At least MIN_TIMESTAMP, and at most MAX_FUTURE ahead. Without it, the time of acceptance',
    oneOf: [
      TIME_SCHEMA,
      {
        type: 'number',
        minimum: Number.MIN_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'In the unit of precision; not with precision=ns',
      },
      { type: 'string', pattern: '^-?[0-9]{1,19}$', description: 'Nanoseconds, only with precision=ns' },
    ],
    example: TIME_EXAMPLE,
  })
  timestamp?: string | number;
}
