import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';

import { formatValue } from '../common/errors/format-value.js';
import { mustBeMessage } from '../common/validation/must-be.js';
import { IDENTIFIER_RULE, isIdentifier, MAX_IDENTIFIER_LENGTH } from './identifier.js';

// An identifier in a list: a comma is written with a backslash before it.
const INNER = String.raw`([^,\u0000-\u001f\u007f-\u009f\\]|\\,)`;
const END = String.raw`([^,\s\ufeff\u0000-\u001f\u007f-\u009f\\]|\\,)`;
const ONE = `${END}(${INNER}{0,${MAX_IDENTIFIER_LENGTH - 2}}${END})?`;
const LIST_PATTERN = `^${ONE}(,${ONE})*$`;

/**
 * A query parameter that names sensors or zones: `a,b`, or repeated. The property is a string[] without duplicates, in the
 * order given.
 */
export function IdentifierList(description: string, { optional = false, max = 100 } = {}): PropertyDecorator {
  const rule = `1 to ${max} identifiers with commas between them, a comma inside one written \\,`;
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => parseIdentifierList(value) ?? value),
    ...(optional ? [ValidateIf((_, value) => value !== undefined)] : []),
    ValidateBy({
      name: 'identifierList',
      validator: {
        validate: (value) => problemOf(value, '', max, rule) === undefined,
        defaultMessage: (args) => {
          const field = String(args?.property);
          return problemOf(args?.value, field, max, rule) ?? mustBeMessage(field, rule, args?.value);
        },
      },
    }),
    ApiProperty({
      type: 'array',
      items: { type: 'string', pattern: LIST_PATTERN },
      minItems: 1,
      required: !optional,
      description: `${description}: ${rule}; the parameter may also be repeated`,
      maxItems: max,
      example: ['sensor_001', 'sensor_002'],
    }),
  );
}

/**
 * Splits a list at its commas. A comma after a backslash belongs to the identifier.
 * @param value the parameter, or all of them when it was repeated
 * @returns the identifiers, unchecked and without duplicates; undefined when the value is not text
 */
export function parseIdentifierList(value: unknown): string[] | undefined {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  if (!texts.every((text) => typeof text === 'string')) return undefined;
  const identifiers = texts.flatMap((text) =>
    text.split(/(?<!\\),/).map((identifier) => identifier.replaceAll('\\,', ',')),
  );
  return [...new Set(identifiers)];
}

function problemOf(value: unknown, field: string, max: number, rule: string): string | undefined {
  if (!Array.isArray(value)) return mustBeMessage(field, rule, value);
  if (value.length > max) return `${field} must be ${rule}, got ${value.length} of them`;
  const wrong: unknown = value.find((identifier) => !isIdentifier(identifier));
  if (wrong === undefined) return undefined;
  return `${field} must be ${rule}, each ${IDENTIFIER_RULE}, got ${formatValue(wrong)} among them`;
}

/** The inverse of parseIdentifierList(). */
export function formatIdentifierList(identifiers: readonly string[]): string {
  return identifiers.map((identifier) => identifier.replaceAll(',', '\\,')).join(',');
}
