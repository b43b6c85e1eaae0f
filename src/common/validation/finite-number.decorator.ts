import { ValidateBy } from 'class-validator';

import { mustBe } from './must-be.js';

export const NUMBER_RULE = 'a finite number';

/** A property that is a finite number, and one that a further rule allows. */
export function FiniteNumber(rule = NUMBER_RULE, isAllowed?: (value: number) => boolean): PropertyDecorator {
  const validate = (value: unknown): boolean =>
    typeof value === 'number' && Number.isFinite(value) && (isAllowed?.(value) ?? true);
  return ValidateBy({ name: 'finiteNumber', validator: { validate, defaultMessage: mustBe(rule) } });
}
