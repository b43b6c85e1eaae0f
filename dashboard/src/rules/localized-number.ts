const DECIMAL =
  new Intl.NumberFormat().formatToParts(1.5).find(({ type }) => type === 'decimal')?.value ?? '.';

/** Reads a number as people of this locale type it, with a point, too. @returns NaN for what is none */
export function parseLocalNumber(text: string): number {
  const plain = DECIMAL === '.' ? text.trim() : text.trim().replace(DECIMAL, '.');
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

/** A number as people of this locale would type it: all its digits, and none in groups. */
export function formatLocalNumber(value: number): string {
  return String(value).replace('.', DECIMAL);
}
