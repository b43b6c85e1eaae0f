const DECIMAL =
  new Intl.NumberFormat().formatToParts(1.5).find(({ type }) => type === 'decimal')?.value ?? '.';

/** One separator before three digits: it may separate thousands or decimals. "0.125" can only be a decimal. */
const AMBIGUOUS = /^([-+]?[1-9]\d{0,2})([.,])(\d{3})$/;

/**
 * Parses a number in the user's locale, also with a decimal point, and with the sign U+2212 for minus.
 * @returns NaN for what is not a number, or may be one of two numbers
 */
export function parseLocalNumber(text: string): number {
  if (ambiguityOf(text) !== undefined) return NaN;
  const plain = DECIMAL === '.' ? normalize(text) : normalize(text).replace(DECIMAL, '.');
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

/** Says which two numbers a text may be; undefined when it is not ambiguous in the user's locale. */
export function ambiguityOf(text: string): string | undefined {
  const [, whole = '', separator, fraction = ''] = AMBIGUOUS.exec(normalize(text)) ?? [];
  if (separator === undefined || separator === DECIMAL) return undefined;
  return `May be ${whole}${fraction} or ${whole}${DECIMAL}${fraction}: write it in one of these ways`;
}

/** Formats a number for an input in the user's locale: all digits, without group separators. */
export function formatLocalNumber(value: number): string {
  return String(value).replace('.', DECIMAL);
}

function normalize(text: string): string {
  return text.trim().replaceAll('−', '-');
}
