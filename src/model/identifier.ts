/** The longest sensorId or zone, in characters (Unicode code points). */
export const MAX_IDENTIFIER_LENGTH = 128;

export const IDENTIFIER_RULE = `1 to ${MAX_IDENTIFIER_LENGTH} characters, without control characters or backslashes, with no space at either end`;

const INNER = String.raw`[^\u0000-\u001f\u007f-\u009f\\]`;
const END = String.raw`[^\s\ufeff\u0000-\u001f\u007f-\u009f\\]`;

/** The rule as JSON Schema, which cannot exclude lone surrogates. */
export const IDENTIFIER_SCHEMA = {
  type: 'string' as const,
  minLength: 1,
  maxLength: MAX_IDENTIFIER_LENGTH,
  pattern: `^${END}(${INNER}*${END})?$`,
};

const PLAIN = new RegExp(`^[!-[\\]-~](?:[ -[\\]-~]{0,${MAX_IDENTIFIER_LENGTH - 2}}[!-[\\]-~])?$`);

/** Valid identifiers: to look one up takes half the time of checking it. Copies, because a string may be part of a body. */
const known = new Set<string>();
const MAX_KNOWN = 20_000;

/**
 * Whether a value can name a sensor or a zone.
 * Control characters and backslashes are refused because line protocol cannot carry them unchanged, lone surrogates because
 * UTF-8 cannot.
 */
export function isIdentifier(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  // First, because the text may be as long as a whole body.
  if (value.length > 2 * MAX_IDENTIFIER_LENGTH) return false;
  if (known.has(value)) return true;
  // Nearly every identifier is printable ASCII, for which one expression is enough.
  if (PLAIN.test(value)) {
    if (known.size < MAX_KNOWN) known.add(Buffer.from(value, 'latin1').toString('latin1'));
    return true;
  }
  return (
    value.length > 0 &&
    Array.from(value).length <= MAX_IDENTIFIER_LENGTH &&
    !/[\u0000-\u001f\u007f-\u009f\\]/.test(value) &&
    value.trim() === value &&
    !/\p{Surrogate}/u.test(value)
  );
}

/** For new names; known names stay valid as they are. */
export const NEW_IDENTIFIER_RULE = `${IDENTIFIER_RULE}, and without invisible characters`;

/**
 * Unicode's Default_Ignorable_Code_Point, and the annotation characters U+FFF9 to U+FFFB. Two names that differ only in these
 * look the same, and those for the direction of writing make one name look like another.
 */
const HAS_INVISIBLE = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/u;
/** The same for JSON Schema: not all validators know Unicode properties. */
const INVISIBLE =
  '\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164' +
  '\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb';
/** Persian and Indian languages need joiners, emoji need joiners and selectors: they are allowed next to non-ASCII characters. */
const NEEDED =
  /(?<=[^\u0000-\u007f])[\u200c\u200d](?=[^\u0000-\u007f])|(?<=[^\u0000-\u007f])[\ufe0e\ufe0f]|\ufe0f(?=\u20e3)/gu;

/** The same for JSON Schema, whose validators may not know ranges beyond U+FFFF; without what NEEDED allows. */
export const NEW_IDENTIFIER_SCHEMA = {
  ...IDENTIFIER_SCHEMA,
  pattern: `^${without(END)}(${without(INNER)}*${without(END)})?$`,
};

/** Whether a new sensor, zone, rule or key may have this name. */
export function isNewIdentifier(value: unknown): value is string {
  return isIdentifier(value) && !hasInvisible(value);
}

/** Whether an identifier has invisible characters, other than those that its script needs. */
export function hasInvisible(identifier: string): boolean {
  return HAS_INVISIBLE.test(identifier) && HAS_INVISIBLE.test(identifier.replace(NEEDED, ''));
}

function without(characters: string): string {
  return characters.replace(/\]$/, `${INVISIBLE}]`);
}
