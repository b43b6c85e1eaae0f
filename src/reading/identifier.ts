/** The longest sensorId or zone, in characters (Unicode code points). */
export const MAX_IDENTIFIER_LENGTH = 128;

export const IDENTIFIER_RULE = `1 to ${MAX_IDENTIFIER_LENGTH} characters, without control characters or backslashes, with no space at either end`;

const INNER = String.raw`[^\u0000-\u001f\u007f-\u009f\\]`;
const END = String.raw`[^\s\ufeff\u0000-\u001f\u007f-\u009f\\]`;

/** The same as JSON Schema says it, but for lone surrogates, which it does not know. */
export const IDENTIFIER_SCHEMA = {
  type: 'string' as const,
  minLength: 1,
  maxLength: MAX_IDENTIFIER_LENGTH,
  pattern: `^${END}(${INNER}*${END})?$`,
};

const PLAIN = new RegExp(`^[!-[\\]-~](?:[ -[\\]-~]{0,${MAX_IDENTIFIER_LENGTH - 2}}[!-[\\]-~])?$`);

/** Identifiers that were seen: to find one here takes half the time of a look at it. Copies, as theirs may be part of a body. */
const known = new Set<string>();
const MAX_KNOWN = 20_000;

/**
 * Whether a value can name a sensor or a zone.
 * Control characters and backslashes are out because InfluxDB's line protocol cannot carry them unharmed,
 * lone surrogates because UTF-8 cannot.
 */
export function isIdentifier(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  if (known.has(value)) return true;
  // Nearly every identifier is printable ASCII, for which one look is enough.
  if (PLAIN.test(value)) {
    if (known.size < MAX_KNOWN) known.add(Buffer.from(value, 'latin1').toString('latin1'));
    return true;
  }
  return (
    value.length > 0 &&
    value.length <= 2 * MAX_IDENTIFIER_LENGTH &&
    Array.from(value).length <= MAX_IDENTIFIER_LENGTH &&
    !/[\u0000-\u001f\u007f-\u009f\\]/.test(value) &&
    value.trim() === value &&
    !/\p{Surrogate}/u.test(value)
  );
}
