import { crc32 } from 'node:zlib';

const CHECKSUM_LENGTH = 8;

/** Puts a checksum before a text: SQLite has none on its pages, and a rule of which a digit is another one judges wrongly. */
export function addChecksum(text: string): string {
  return checksumOf(text) + text;
}

/** @returns the text that was sealed; undefined when it is damaged */
export function removeChecksum(sealed: string): string | undefined {
  const text = sealed.slice(CHECKSUM_LENGTH);
  return sealed.slice(0, CHECKSUM_LENGTH) === checksumOf(text) ? text : undefined;
}

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
