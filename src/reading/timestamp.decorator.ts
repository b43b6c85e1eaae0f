import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

/** A property of an answer that is a time: RFC 3339 in UTC with as many fraction digits as needed. */
export function TimestampProperty(description: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, format: 'date-time', description, example: '2026-01-30T14:18:38.123456Z' }),
  );
}
