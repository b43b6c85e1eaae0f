import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';

import { FiniteNumber } from '../common/validation/finite-number.decorator.js';
import { SentIdentifier } from '../model/identifier.decorator.js';
import type { NewReading } from '../model/reading.js';
import { TIME_EXAMPLE, TIME_SCHEMA } from '../model/timestamp.decorator.js';
import { invalidTimestamp } from './invalid-timestamp.js';
import { SentTimes } from './sent-times.js';

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

  @SentTimestamp()
  timestamp?: string | number;

  /**
   * @param sent how the request writes its timestamps
   * @returns undefined for `timestampUs` also when the timestamp has another form than the request says
   */
  toReading(sent: SentTimes): NewReading {
    const { sensorId, zone, value, latencyMs, timestamp } = this;
    const timestampUs = timestamp === undefined ? undefined : sent.parse(timestamp);
    return { sensorId, zone, value, latencyMs, timestampUs };
  }
}

/** A number or a text; whether that is a time, only the request knows, which names the unit. */
function SentTimestamp(): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    ValidateBy({
      name: 'sentTimestamp',
      validator: {
        validate: (value) => typeof value === 'number' || typeof value === 'string',
        defaultMessage: (about) => invalidTimestamp(about?.value, new SentTimes('ms')),
      },
    }),
    ApiProperty({
      required: false,
      description:
        'When it was measured: an RFC 3339 time, or a number since the Unix epoch in the unit of the parameter precision, by default milliseconds. At least MIN_TIMESTAMP, not older than READINGS_RETENTION, and at most MAX_FUTURE ahead. Without it, the time of acceptance',
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
    }),
  );
}
