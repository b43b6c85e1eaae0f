import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';

import { formatValue } from '../common/errors/format-value.js';
import { mustBeMessage } from '../common/validation/must-be.js';
import { isStoredIdentifier, STORED_IDENTIFIER_RULE } from './identifier.js';

// An identifier in a list: a comma and a backslash are written with a backslash before them.
const ONE = String.raw`([^,\\\u0000]|\\[,\\])+`;
const LIST_PATTERN = `^${ONE}(,${ONE})*$`;

/** Stands for an escaped backslash while a list is split: no identifier has this character. */
const BACKSLASH = '\0';

/**
 * A query parameter that names sensors or zones: `a,b`, or repeated. The property is a string[] without duplicates, in the
 * order given.
 */
export function IdentifierList(description: string, { optional = false, max = 100 } = {}): PropertyDecorator {
  const rule = `1 to ${max} identifiers with commas between them, a comma inside one written \\, and a backslash \\\\`;
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
 * Splits a list at its commas. A comma or a backslash after a backslash belongs to the identifier.
 * @param value the parameter, or all of them when it was repeated
 * @returns the identifiers, unchecked and without duplicates; undefined when the value is not text, has the character U+0000, or a
 *   backslash stands alone
 */
export function parseIdentifierList(value: unknown): string[] | undefined {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  if (!texts.every((text) => typeof text === 'string')) return undefined;
  if (texts.some((text) => text.includes(BACKSLASH))) return undefined;
  const identifiers = texts.flatMap((text) =>
    text
      .replaceAll('\\\\', BACKSLASH)
      .split(/(?<!\\),/)
      .map((identifier) => identifier.replaceAll('\\,', ',')),
  );
  if (identifiers.some((identifier) => identifier.includes('\\'))) return undefined;
  return [...new Set(identifiers.map((identifier) => identifier.replaceAll(BACKSLASH, '\\')))];
}

function problemOf(value: unknown, field: string, max: number, rule: string): string | undefined {
  if (!Array.isArray(value)) return mustBeMessage(field, rule, value);
  if (value.length > max) return `${field} must be ${rule}, got ${value.length} of them`;
  const wrong: unknown = value.find((identifier) => !isStoredIdentifier(identifier));
  if (wrong === undefined) return undefined;
  return `${field} must be ${rule}, each ${STORED_IDENTIFIER_RULE}, got ${formatValue(wrong)} among them`;
}

/** The inverse of parseIdentifierList(). */
export function formatIdentifierList(identifiers: readonly string[]): string {
  return identifiers.map((identifier) => identifier.replace(/[,\\]/g, '\\$&')).join(',');
}
