import { ImportFileError } from './import-file-error.js';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** The first bytes of files that are no text, as Latin-1, and what to do about them. */
const KINDS: readonly (readonly [string, string])[] = [
  ['PK\x03\x04', 'a zip archive or an Excel workbook; unpack it, or save the sheet as CSV'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook; save the sheet as CSV'],
  ['PAR1', 'a Parquet file; write it as CSV first, for example with DuckDB or pandas'],
  ['SQLite format 3\0', 'an SQLite database; export its table as CSV first'],
  ['%PDF', 'a PDF; export the measurements as CSV'],
  ['BZh', 'compressed with bzip2; unpack it first'],
  ['\xfd7zXZ', 'compressed with xz; unpack it first'],
  ['\x28\xb5\x2f\xfd', 'compressed with Zstandard; unpack it first'],
  ['7z\xbc\xaf', 'a 7z archive; unpack it first'],
  ['\x1f\x8b', 'compressed twice; unpack it first'],
  ['<!DOCTYPE', 'a web page, not a file of readings; was it an error page of a download?'],
  ['<html', 'a web page, not a file of readings; was it an error page of a download?'],
  ['<?xml', 'XML; export CSV instead'],
];
const TAR_MARK_AT = 257;

/** @throws ImportFileError when the beginning of a file shows that it is something else than text with readings */
export function refuseKnownKinds(head: Buffer): void {
  const start = head.toString('latin1', 0, 300);
  const [, kind] = KINDS.find(([mark]) => start.startsWith(mark)) ?? [];
  if (kind !== undefined) throw new ImportFileError(`The file is ${kind}`);
  // A header may begin with a bracket, too: [time];[value]
  if (/^\[\s*[{[\]]/.test(start))
    throw new ImportFileError(
      'The file is a JSON array; NDJSON has one object on each line: jq -c ".[]" FILE.json > FILE.ndjson',
    );
  if (start.startsWith('ustar', TAR_MARK_AT))
    throw new ImportFileError('The file is a tar archive; unpack it first');
}

/**
 * @returns UTF-16 when the file begins with its byte-order mark, else UTF-8
 * @throws ImportFileError when it looks like UTF-16 without the mark
 */
export function findEncoding(head: Buffer): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const start = head.subarray(0, 200);
  const zeros = [0, 0];
  for (const [at, byte] of start.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [most = 0, least = 0] = zeros.toSorted((a, b) => b - a);
  // Of each Latin letter one byte is zero.
  if (most > start.length / 3 && least < start.length / 20)
    throw new ImportFileError(
      'The file looks like UTF-16 without a byte-order mark; convert it: iconv -f utf-16le -t utf-8 FILE > NEW',
    );
  return 'utf-8';
}
