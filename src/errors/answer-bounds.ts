import type { FieldError } from './gateway-error.js';

/** So many problems of one request are named; of the others there is a count. */
export const MAX_NAMED = 100;

/** An answer that refuses takes at most 64 KB, whatever was sent: its detail, and each list in it, so many bytes as JSON. */
export const MAX_MESSAGE_BYTES = 62_000;
const MAX_DETAIL_BYTES = 20_000;
export const MAX_ERRORS_BYTES = 40_000;

/** Of one problem. */
const MAX_PATH_BYTES = 400;
const MAX_PROBLEM_BYTES = 1_500;

/** A character takes six bytes at most, as \ud800. */
const MAX_CHARACTER_BYTES = 6;
const CUT = '…';

/** @returns the text, cut where it would take more bytes than that as JSON */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * MAX_CHARACTER_BYTES <= maxBytes) return text;
  const begin = text.length <= maxBytes ? text : text.slice(0, maxBytes);
  if (begin === text && jsonBytes(text) <= maxBytes) return text;
  let bytes = CUT.length * MAX_CHARACTER_BYTES;
  let end = 0;
  for (const character of begin) {
    bytes += jsonBytes(character) - 2;
    if (bytes > maxBytes) break;
    end += character.length;
  }
  return begin.slice(0, end) + CUT;
}

export function cutDetail(detail: string): string {
  return cutText(detail, MAX_DETAIL_BYTES);
}

/** @returns the first problems, as many as an answer may name and has room for */
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
