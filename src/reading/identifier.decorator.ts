import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';

import { mustBe } from '../validation/must-be.js';
import { IDENTIFIER_RULE, IDENTIFIER_SCHEMA, isIdentifier } from './identifier.js';

/** A property that names a sensor or a zone. */
export function Identifier(description: string, example?: string, required = true): PropertyDecorator {
  return applyDecorators(
    ValidateBy({
      name: 'identifier',
      validator: { validate: isIdentifier, defaultMessage: mustBe(IDENTIFIER_RULE) },
    }),
    ApiProperty({
      ...IDENTIFIER_SCHEMA,
      required,
      description: `${description}: ${IDENTIFIER_RULE}`,
      ...(example !== undefined && { example }),
    }),
  );
}

/** The same where it may be absent. */
export function OptionalIdentifier(description: string, example?: string): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => value !== undefined),
    Identifier(description, example, false),
  );
}
