import { crc32 } from 'node:zlib';

const SEAL_LENGTH = 8;

/** Puts a checksum before a text: SQLite has none on its pages, and a rule of which a digit is another one judges wrongly. */
export function seal(text: string): string {
  return checksum(text) + text;
}

/** @returns the text that was sealed; undefined when it is damaged */
export function unseal(sealed: string): string | undefined {
  const text = sealed.slice(SEAL_LENGTH);
  return sealed.slice(0, SEAL_LENGTH) === checksum(text) ? text : undefined;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(SEAL_LENGTH, '0');
}
