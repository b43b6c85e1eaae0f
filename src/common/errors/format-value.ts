const MAX_SHOWN = 80;
/** Only the beginning of larger values is read: a client may send millions of characters or values. */
const MAX_CHARACTERS = 1_000;
const MAX_VALUES = 1_000;

/** A value as an error message quotes it: JSON where possible, one line, cut to a readable length. */
export function formatValue(value: unknown): string {
  if (typeof value === 'string' && value.length > MAX_CHARACTERS)
    return `${toJson(value).slice(0, MAX_SHOWN)}… (${value.length} characters)`;
  const text = value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : toJson(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}… (${text.length} characters)`;
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
