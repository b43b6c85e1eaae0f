const DECIMAL =
  new Intl.NumberFormat().formatToParts(1.5).find(({ type }) => type === 'decimal')?.value ?? '.';

/** Parses a number in the user's locale, also with a decimal point. @returns NaN for what is not a number */
export function parseLocalNumber(text: string): number {
  const plain = DECIMAL === '.' ? text.trim() : text.trim().replace(DECIMAL, '.');
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

/** Formats a number for an input in the user's locale: all digits, without group separators. */
export function formatLocalNumber(value: number): string {
  return String(value).replace('.', DECIMAL);
}
