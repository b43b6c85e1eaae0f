const MAX_SHOWN = 80;
/** Only the beginning of larger values is read: a client may send millions of characters or values. */
const MAX_CHARACTERS = 1_000;
const MAX_VALUES = 1_000;

/** C1 controls, characters that are not seen or change the direction of text, and spaces that look like another. */
const INVISIBLE = /[\u007f-\u00a0\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A value as an error message quotes it: JSON where possible, one line, invisible characters escaped, cut to a readable length. */
export function formatValue(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : toJson(value);
  if (text.length <= MAX_SHOWN) return escapeInvisible(text);
  const { length } = typeof value === 'string' ? value : text;
  return `${escapeInvisible(text.slice(0, MAX_SHOWN))}… (${length} characters)`;
}

function escapeInvisible(text: string): string {
  return text.replaceAll(INVISIBLE, (character) => character.split('').map(escapeUnit).join(''));
}

/** As JSON escapes a unit of UTF-16. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** JSON.parse() accepts any depth, but JSON.stringify() does not. */
function toJson(value: unknown): string {
  let values = 0;
  const cut = (_key: string, one: unknown): unknown => {
    values += 1;
    if (values > MAX_VALUES) throw new RangeError('Too many values');
    return typeof one === 'string' && one.length > MAX_CHARACTERS ? one.slice(0, MAX_CHARACTERS) : one;
  };
  try {
    return JSON.stringify(value, cut);
  } catch {
    return 'a value that is nested too deeply, or too large, to be shown';
  }
}
