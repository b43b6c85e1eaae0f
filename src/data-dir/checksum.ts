import { crc32 } from 'node:zlib';

const CHECKSUM_LENGTH = 8;

/** Puts a checksum before a text. SQLite has none on its pages, and a rule with one wrong digit would give wrong alarms. */
export function addChecksum(text: string): string {
  return checksumOf(text) + text;
}

/** @returns the text without its checksum; undefined when it is damaged */
export function removeChecksum(checked: string): string | undefined {
  const text = checked.slice(CHECKSUM_LENGTH);
  return checked.slice(0, CHECKSUM_LENGTH) === checksumOf(text) ? text : undefined;
}

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
