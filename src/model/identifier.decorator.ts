import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { ValidateBy, ValidateIf } from 'class-validator';

import { mustBe } from '../common/validation/must-be.js';
import {
  IDENTIFIER_RULE,
  IDENTIFIER_SCHEMA,
  isIdentifier,
  isNewIdentifier,
  NEW_IDENTIFIER_RULE,
  NEW_IDENTIFIER_SCHEMA,
} from './identifier.js';

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

/** A name that people give to something new: a rule, a key. */
export function NewName(description: string, example?: string, required = true): PropertyDecorator {
  return applyDecorators(
    ValidateIf((_, value) => required || value !== undefined),
    ValidateBy({
      name: 'newName',
      validator: { validate: isNewIdentifier, defaultMessage: mustBe(NEW_IDENTIFIER_RULE) },
    }),
    ApiProperty({
      ...NEW_IDENTIFIER_SCHEMA,
      required,
      description: `${description}: ${NEW_IDENTIFIER_RULE}`,
      ...(example !== undefined && { example }),
    }),
  );
}

/** A sensor or a zone of a submitted reading. IngestService refuses new names with invisible characters. */
export function SentIdentifier(description: string, example: string): PropertyDecorator {
  return applyDecorators(
    ValidateBy({
      name: 'identifier',
      validator: { validate: isIdentifier, defaultMessage: mustBe(IDENTIFIER_RULE) },
    }),
    ApiProperty({ ...NEW_IDENTIFIER_SCHEMA, description: `${description}: ${NEW_IDENTIFIER_RULE}`, example }),
  );
}
