import { BACKSLASH, COMMA, EQUALS, HASH, LINE_FEED, QUOTE, SPACE, skipBlanks } from './characters.js';

/** Where a line ends. */
export interface LineEnd {
  /** The index of its line feed, or the body's length. */
  readonly at: number;
  /** Whether the body ended within a quoted text. */
  readonly isOpen: boolean;
}

/**
 * Finds the end of a line as InfluxDB 2 does: a line feed after a backslash or within a quoted text does not end it. A
 * quote begins a text only in the value of a field. A comment ends at its line feed, whatever is in it.
 */
export function findLineEnd(body: string, start: number): LineEnd {
  if (body.charCodeAt(skipBlanks(body, start)) === HASH) {
    const at = body.indexOf('\n', start);
    return { at: at < 0 ? body.length : at, isOpen: false };
  }
  let isInFields = false;
  let isOpen = false;
  let equals = 0;
  let commas = 0;
  let at = start;
  for (; at < body.length; at += 1) {
    const code = body.charCodeAt(at);
    if (code === BACKSLASH && at + 2 < body.length) {
      at += 1;
    } else if (code === QUOTE) {
      if (isInFields && equals > commas) isOpen = !isOpen;
    } else if (!isOpen) {
      if (code === LINE_FEED) break;
      if (code === SPACE) isInFields = true;
      else if (isInFields && code === EQUALS) equals += 1;
      else if (isInFields && code === COMMA) commas += 1;
    }
  }
  return { at: Math.min(at, body.length), isOpen };
}
