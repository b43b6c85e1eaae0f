import { ValidateBy } from 'class-validator';

import { mustBe } from './must-be.js';

export const NUMBER_RULE = 'a finite number';

/** A property that must be a finite number, and optionally satisfy another rule. */
export function FiniteNumber(rule = NUMBER_RULE, isAllowed?: (value: number) => boolean): PropertyDecorator {
  const validate = (value: unknown): boolean =>
    typeof value === 'number' && Number.isFinite(value) && (isAllowed?.(value) ?? true);
  return ValidateBy({ name: 'finiteNumber', validator: { validate, defaultMessage: mustBe(rule) } });
}
