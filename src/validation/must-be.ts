import type { ValidationArguments } from 'class-validator';

import { show } from '../errors/show.js';

/** Makes the message of a validator: which field, what would be right, and what came instead. */
export function mustBe(rule: string): (args?: ValidationArguments) => string {
  return (args) =>
    args?.value === undefined
      ? `${String(args?.property)} is missing; it must be ${rule}`
      : `${args.property} must be ${rule}, got ${show(args.value)}`;
}
