import type { ValidationArguments } from 'class-validator';

import { formatValue } from '../errors/format-value.js';

/** The message for a field with a wrong value: what would be right. */
export function mustBeMessage(field: string, rule: string, value: unknown): string {
  return value === undefined
    ? `${field} is missing; it must be ${rule}`
    : `${field} must be ${rule}, got ${formatValue(value)}`;
}

/** Makes the message of a validator: the field, what would be right, and what was sent. */
export function mustBe(rule: string): (args?: ValidationArguments) => string {
  return (args) => mustBeMessage(String(args?.property), rule, args?.value);
}
