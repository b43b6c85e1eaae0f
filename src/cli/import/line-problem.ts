import { type Line, MAX_LINE_LENGTH, TOO_LONG } from './lines.js';

/** What is wrong with a line before its cells are looked at. */
export function lineProblem(line: Line): string | undefined {
  if (line === TOO_LONG) return `the line has more than ${MAX_LINE_LENGTH} characters`;
  if (line.includes('\0')) return 'the line has NUL bytes, as a power cut leaves them; it may not be whole';
  if (line.includes('\ufffd'))
    return 'the line has bytes that are not in the encoding of the file, or the character U+FFFD that stands for them';
  return undefined;
}
