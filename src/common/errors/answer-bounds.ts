import type { FieldError } from './field-error.js';

/** How many problems of one request are named; the others are only counted. */
export const MAX_NAMED = 100;

/** An error response takes at most 64 KB, whatever was sent. These are the bounds of its parts, in bytes of JSON. */
export const MAX_MESSAGE_BYTES = 62_000;
const MAX_DETAIL_BYTES = 20_000;
export const MAX_ERRORS_BYTES = 40_000;

/** The bounds for one problem. */
const MAX_PATH_BYTES = 400;
const MAX_PROBLEM_BYTES = 1_500;

/** A character takes six bytes at most, as \ud800. */
const MAX_CHARACTER_BYTES = 6;
const ELLIPSIS = '…';
const ELLIPSIS_BYTES = Buffer.byteLength(ELLIPSIS);

/** @returns the text, cut so that it takes at most `maxBytes` bytes as JSON */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * MAX_CHARACTER_BYTES <= maxBytes) return text;
  let bytes = 0;
  /** The last position after which the ellipsis still fits. */
  let end = 0;
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at) ?? 0;
    bytes += characterBytes(code);
    if (bytes > maxBytes) return text.slice(0, end) + ELLIPSIS;
    at += code > 0xffff ? 2 : 1;
    if (bytes + ELLIPSIS_BYTES <= maxBytes) end = at;
  }
  return text;
}

/** The bytes that a character takes in a JSON string. */
function characterBytes(code: number): number {
  if (code < 0x20) return MAX_CHARACTER_BYTES;
  if (code < 0x80) return code === QUOTE || code === BACKSLASH ? 2 : 1;
  if (code < 0x800) return 2;
  if (code > 0xffff) return 4;
  return code >= 0xd800 && code <= 0xdfff ? MAX_CHARACTER_BYTES : 3;
}

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);

export function cutDetail(detail: string): string {
  return cutText(detail, MAX_DETAIL_BYTES);
}

/** @returns the first problems, as many as a response may name and has room for */
export function cutErrors<T extends FieldError>(
  errors: readonly T[],
  maxBytes = MAX_ERRORS_BYTES,
): readonly T[] {
  const kept: T[] = [];
  let bytes = 0;
  for (const error of errors) {
    if (kept.length === MAX_NAMED) break;
    const path = cutText(error.path, MAX_PATH_BYTES);
    const message = cutText(error.message, MAX_PROBLEM_BYTES);
    const one = path === error.path && message === error.message ? error : { ...error, path, message };
    bytes += jsonBytes(one) + 1;
    if (bytes > maxBytes) break;
    kept.push(one);
  }
  return kept;
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
