import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';

import { MAX_TIMESTAMP_MS, parseTimestamp, TIMESTAMP_RULE } from './timestamp.js';
import { mustBeTime } from './time-hint.js';

export const TIME_EXAMPLE = '2026-01-30T14:18:38.123456Z';

/** RFC 3339 as JSON Schema; the years are the range of timestamps. */
export const TIME_SCHEMA = {
  type: 'string' as const,
  format: 'date-time',
  pattern: '^(168[5-9]|169\\d|1[7-9]\\d\\d|2[01]\\d\\d|22[0-4]\\d|225[0-4])-',
};

/** The forms of a time as JSON Schema. */
export const TIMESTAMP_SCHEMAS = [
  TIME_SCHEMA,
  {
    type: 'number' as const,
    minimum: -MAX_TIMESTAMP_MS,
    maximum: MAX_TIMESTAMP_MS,
    description: 'Milliseconds since the Unix epoch',
  },
];

/** A time in an answer: RFC 3339 in UTC, with as many fraction digits as needed. */
export function TimestampProperty(description: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, format: 'date-time', description, example: TIME_EXAMPLE }),
  );
}

/** An optional time in a body. */
export function OptionalTimestamp(description: string, example = TIME_EXAMPLE): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    ValidateBy({
      name: 'timestamp',
      validator: {
        validate: (value) => parseTimestamp(value) !== undefined,
        defaultMessage: mustBeTime(TIMESTAMP_RULE),
      },
    }),
    ApiProperty({ required: false, description, oneOf: TIMESTAMP_SCHEMAS, example }),
  );
}
