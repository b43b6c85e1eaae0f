import { formatValue, hasExponent } from './format.js';

/** Significant digits of a value, unless more are needed to tell values apart. */
const DIGITS = 5;
const MAX_DIGITS = 17;
const MAX_DECIMALS = 20;

/**
 * Values in the user's locale, with equally many decimals: 61.79 beside 60.703 is 61.790.
 * @param step the difference between values to tell apart, such as that of labels on an axis
 */
export function formatAlike(values: readonly number[], step = Infinity): string[] {
  const size = Math.max(0, ...values.map(Math.abs));
  const format = new Intl.NumberFormat(
    undefined,
    hasExponent(size) ? exponent(size, step) : decimals(values, size, step),
  );
  // Instead of 0E0 and -0.
  return values.map((value) =>
    value === 0 && hasExponent(size) ? formatValue(0) : format.format(value + 0),
  );
}

function exponent(size: number, step: number): Intl.NumberFormatOptions {
  const needed = Math.min(MAX_DIGITS, Math.max(DIGITS, powerOf(size) - powerOf(step) + 2));
  return { notation: 'scientific', maximumSignificantDigits: needed };
}

/** As many decimals as one of the values needs. */
function decimals(values: readonly number[], size: number, step: number): Intl.NumberFormatOptions {
  const most = Math.max(DIGITS - 1 - powerOf(size), decimalsOfStep(step));
  const limit = Math.min(MAX_DECIMALS, Math.max(0, most));
  const needed = Math.max(0, ...values.map((value) => decimalsOf(value.toFixed(limit))));
  return { minimumFractionDigits: needed, maximumFractionDigits: needed };
}

/** The step of an axis has one or two digits, such as 0.25. */
function decimalsOfStep(step: number): number {
  if (!Number.isFinite(step)) return 0;
  return decimalsOf(step.toFixed(Math.min(MAX_DECIMALS, Math.max(0, 1 - powerOf(step)))));
}

function decimalsOf(text: string): number {
  const [, fraction = ''] = text.split('.');
  let length = fraction.length;
  while (fraction[length - 1] === '0') length -= 1;
  return length;
}

/** The power of ten that a size begins with: 1 for 60, -2 for 0.05; 0 for none. */
function powerOf(size: number): number {
  return size > 0 && Number.isFinite(size) ? Math.floor(Math.log10(size)) : 0;
}
