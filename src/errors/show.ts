const MAX_SHOWN = 80;

/** A value as an error message quotes it: JSON where possible, one line, cut to a readable length. */
export function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : typeof value === 'number' ? String(value) : toJson(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}… (${text.length} characters)`;
}

/** JSON.parse() takes any depth, and JSON.stringify() does not. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return 'something nested too deeply to be shown';
  }
}
