import { formatValue } from '../../common/errors/format-value.js';
import { ImportFileError } from './import-file-error.js';
import type { Lines } from './lines.js';
import type { ReadOptions } from './read-options.js';
import { Records } from './records.js';

const DELIMITERS = [',', ';', '\t', '|'];
const DELIMITER_NAMES: Readonly<Record<string, string>> = { '\\t': '\t', tab: '\t' };
const MAX_HEADER_LENGTH = 64 * 1024;
/** Rows that decide between delimiters that the header has both. */
const ROWS_COMPARED = 10;

export interface CsvHeader {
  readonly line: number;
  readonly text: string;
  readonly names: readonly string[];
  readonly delimiter: string;
  /** Lines before it that were passed over as comments. */
  readonly comments: number;
}

/**
 * Reads up to the header: passes over skipped lines, empty lines and comments, and takes a line such as `sep=;`.
 * @throws ImportFileError when there is none, or its delimiter is not clear
 */
export async function readCsvHeader(lines: Lines, options: ReadOptions): Promise<CsvHeader> {
  const comment = options.comment ?? '#';
  let delimiter = options.delimiter === undefined ? undefined : parseDelimiter(options.delimiter);
  for (let skipped = 0; skipped < (options.skip ?? 0); skipped += 1) if (await lines.fill()) lines.next();
  let comments = 0;
  while (await lines.fill()) {
    const line = lines.next();
    if (typeof line !== 'string' || line.length > MAX_HEADER_LENGTH)
      throw new ImportFileError(`Line ${lines.number} is too long for a header; is it a CSV file?`);
    const separator = /^"?sep=(.)"?$/i.exec(line)?.[1];
    if (separator !== undefined) delimiter ??= separator;
    if (separator !== undefined || line.trim() === '') continue;
    if (isComment(line, comment)) {
      comments += 1;
      continue;
    }
    refuseOtherBytes(line, lines.number);
    await lines.fill(ROWS_COMPARED);
    delimiter ??= findDelimiter(line, lines);
    const names = new Records(lines, delimiter).split(line);
    if (typeof names !== 'object')
      throw new ImportFileError(`The header, line ${lines.number}, has a double quote that is not closed`);
    return { line: lines.number, text: line, names, delimiter, comments };
  }
  throw new ImportFileError('The file has no header: there is no line with the names of columns');
}

/** A `#` with a delimiter behind it is not a comment but the name of the column that counts rows. */
function isComment(line: string, comment: string): boolean {
  return (
    comment !== '' && line.startsWith(comment) && !DELIMITERS.includes(line.charAt(comment.length) || ' ')
  );
}

function parseDelimiter(text: string): string {
  const delimiter = DELIMITER_NAMES[text] ?? text;
  if (delimiter.length !== 1 || delimiter === '"')
    throw new ImportFileError(
      `--delimiter must be one character, such as ; or \\t for a tab, got ${formatValue(text)}`,
    );
  return delimiter;
}

/** The delimiter that the header has outside quotes; of several the one that splits the next rows as it splits the header. */
function findDelimiter(header: string, lines: Lines): string {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const present = DELIMITERS.filter((delimiter) => bare.includes(delimiter));
  const [one] = present;
  if (one === undefined) return ',';
  if (present.length === 1) return one;
  const fitting = present.filter((delimiter) => fits(header, delimiter, lines));
  const [fit] = fitting;
  if (fit !== undefined && fitting.length === 1) return fit;
  const shown = present.map((delimiter) => (delimiter === '\t' ? '\\t' : delimiter)).join(' or ');
  throw new ImportFileError(
    `Say with --delimiter which character is between columns: the header has ${shown}`,
  );
}

function fits(header: string, delimiter: string, lines: Lines): boolean {
  const records = new Records(lines, delimiter);
  const count = records.split(header)?.length;
  for (let ahead = 0; ahead < ROWS_COMPARED; ahead += 1) {
    const line = lines.peek(ahead);
    if (typeof line === 'string' && line !== '' && records.split(line)?.length !== count) return false;
  }
  return true;
}

function refuseOtherBytes(line: string, number: number): void {
  if (line.includes('\0'))
    throw new ImportFileError(`Line ${number} has NUL bytes; the file is damaged, or no text`);
  if (line.includes('\ufffd'))
    throw new ImportFileError(
      `Line ${number} has bytes that are not UTF-8; convert the file: iconv -f windows-1252 -t utf-8 FILE > NEW`,
    );
}
