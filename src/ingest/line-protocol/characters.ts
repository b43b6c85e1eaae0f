/** The codes of characters that have a meaning in line protocol. */
export const QUOTE = '"'.charCodeAt(0);
export const BACKSLASH = '\\'.charCodeAt(0);
export const EQUALS = '='.charCodeAt(0);
export const COMMA = ','.charCodeAt(0);
export const SPACE = ' '.charCodeAt(0);
export const TAB = '\t'.charCodeAt(0);
export const HASH = '#'.charCodeAt(0);
export const LINE_FEED = '\n'.charCodeAt(0);
export const CARRIAGE_RETURN = '\r'.charCodeAt(0);
const NUL = 0;

/** @returns the index of the first character from `from` on that is neither space, tab nor NUL */
export function skipBlanks(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== SPACE && code !== TAB && code !== NUL) break;
  }
  return at;
}

/**
 * @returns the index of the first of these characters from `from` on that follows no backslash; the text's length when
 *   there is none
 */
export function findUnescaped(text: string, characters: string, from: number): number {
  let at = from;
  while (at < text.length && (!characters.includes(text.charAt(at)) || isEscaped(text, at))) at += 1;
  return at;
}

/** A character after a backslash has no meaning, even if that backslash follows another one. */
export function isEscaped(text: string, at: number): boolean {
  return text.charCodeAt(at - 1) === BACKSLASH;
}
