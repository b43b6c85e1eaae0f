import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';

import { mustBe } from '../validation/must-be.js';
import { IDENTIFIER_RULE, isIdentifier } from './identifier.js';

/** Several identifiers in one query parameter: comma-separated, or repeated; a comma inside one is written "\,". */
export function IdentifierList(description: string, max = 1_000): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => split(value)),
    ValidateIf((_, value) => value !== undefined),
    ValidateBy({
      name: 'identifierList',
      validator: {
        validate: (value) => Array.isArray(value) && value.length <= max && value.every(isIdentifier),
        defaultMessage: mustBe(
          `1 to ${max} identifiers, comma-separated ("\\," for a comma inside one), each ${IDENTIFIER_RULE}`,
        ),
      },
    }),
    ApiProperty({
      type: String,
      required: false,
      description: `${description}: up to ${max}, comma-separated; a comma inside one is written "\\,"`,
      example: 'sensor_001,sensor_002',
    }),
  );
}

/** @returns what is no text as it is, for the validator to refuse */
function split(value: unknown): unknown {
  if (Array.isArray(value)) return value.flatMap((one) => split(one));
  if (typeof value !== 'string') return value;
  // Identifiers hold no backslash, so one before a comma can mean nothing else.
  return value.split(/(?<!\\),/).map((one) => one.replaceAll('\\,', ','));
}
