import { ApiProperty } from '@nestjs/swagger';

import { ERRORS, type ErrorCode } from './error-codes.js';
import { INFLUX_CODES } from './gateway-error.js';

/** What is wrong with one field. */
export class FieldErrorDto {
  @ApiProperty({ type: String, description: 'The field or parameter', example: 'value' })
  path!: string;

  @ApiProperty({ type: String, example: 'value must be a finite number, got "hot"' })
  message!: string;
}

/** The shape of every error. */
export class ErrorDto {
  @ApiProperty({ type: Boolean, enum: [false] })
  success!: false;

  @ApiProperty({ type: String, description: 'The kind of error', example: 'Validation error' })
  error!: string;

  @ApiProperty({
    description: 'Stable; docs/errors.md explains each',
    enum: Object.keys(ERRORS),
    enumName: 'ErrorCode',
    example: 'INVALID_READING',
  })
  code!: ErrorCode;

  @ApiProperty({
    type: String,
    description: 'What is wrong and what would be right',
    example: 'value must be a finite number, got "hot"',
  })
  detail!: string;

  @ApiProperty({ type: [FieldErrorDto], description: 'Each wrong field, if there are any' })
  errors!: FieldErrorDto[];
}

/** An error in the shape of InfluxDB. */
export class InfluxErrorDto {
  @ApiProperty({
    description: "InfluxDB's own codes; the message says more",
    enum: [...new Set(Object.values(INFLUX_CODES)), 'internal error'],
    example: 'invalid',
  })
  code!: string;

  @ApiProperty({
    type: String,
    description: 'Each wrong line and what is wrong with it, one a line; at most a hundred of them',
    example:
      'partial write: 1 of 1000 points are refused\nline 3: field value must be a finite number, got "true" (INVALID_READING)\ndropped=1',
  })
  message!: string;
}

/** An error in the shape of InfluxDB 1. */
export class Influx1ErrorDto {
  @ApiProperty({
    type: String,
    description: 'What is wrong and what would be right; several wrong lines follow each other, one a line',
    example: 'database is required: add ?db=NAME to the URL; the gateway takes any name',
  })
  error!: string;
}
