import { formatValue } from '../../common/errors/format-value.js';
import { endsOf, findUnescaped } from './characters.js';
import { LineError } from './line-error.js';

/** The beginning of a line: what is measured, and where. */
export interface Key {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  /** The index of the space after it. */
  readonly end: number;
}

/** InfluxDB keeps these names for itself. */
const RESERVED_TAGS: readonly string[] = ['_field', '_measurement', 'time', '\0'];
const MEASUREMENT_ENDS = endsOf(', ');
const TAG_ENDS = endsOf('=, ');
const NO_FIELDS = (): string => 'it has no fields; it needs name=value after a space';

/** @throws LineError */
export function readKey(line: string): Key {
  if (line.startsWith(',')) throw new LineError(() => 'the measurement is missing');
  const tags = new Map<string, string>();
  let at = findUnescaped(line, MEASUREMENT_ENDS, 1);
  const measurement = unescapeKey(line.slice(0, at));
  while (line[at] === ',') {
    const tag = readTag(line, at + 1);
    if (tags.has(tag.name)) throw new LineError(() => `tag ${formatValue(tag.name)} appears twice`);
    tags.set(tag.name, tag.value);
    at = tag.end;
  }
  if (at === line.length) throw new LineError(NO_FIELDS);
  return { measurement, tags, end: at };
}

function readTag(line: string, start: number): { name: string; value: string; end: number } {
  const equals = isOneOf(' ,=', line[start]) ? start : findUnescaped(line, TAG_ENDS, start + 1);
  const raw = line.slice(start, equals);
  if (raw === '') throw new LineError(() => 'a tag has no name; tags must be written as name=value');
  const name = unescapeKey(raw);
  if (line[equals] !== '=')
    throw new LineError(() => `tag ${formatValue(name)} must be written as name=value`);
  if (RESERVED_TAGS.includes(raw))
    throw new LineError(() => `tag ${formatValue(name)} is reserved: InfluxDB uses this name itself`);
  const first = equals + 1;
  if (isOneOf(', ', line[first])) throw new LineError(() => `tag ${formatValue(name)} has no value`);
  const end = findUnescaped(line, TAG_ENDS, first + 1);
  if (line[end] === '=')
    throw new LineError(() => `tag ${formatValue(name)} has an = in its value; write it as \\=`);
  if (end >= line.length) throw new LineError(NO_FIELDS);
  return { name, value: unescapeKey(line.slice(first, end)), end };
}

/** Whether a character is one of these, or the end of the line. */
function isOneOf(characters: string, character: string | undefined): boolean {
  return character === undefined || characters.includes(character);
}

/** Comma, equals sign and space can be escaped; before any other character a backslash is just a backslash. */
function unescapeKey(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,= ])/g, '$1') : text;
}
