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

/** By character code: 1 for the characters that end a part of a line. */
export type Ends = Readonly<Uint8Array>;

/** @param characters ASCII */
export function endsOf(characters: string): Ends {
  return Uint8Array.from({ length: 128 }, (_, code) =>
    Number(characters.includes(String.fromCharCode(code))),
  );
}

/** @returns the index of the first end from `from` on that follows no backslash; the text's length when there is none */
export function findUnescaped(text: string, ends: Ends, from: number): number {
  for (let at = from; at < text.length; at += 1)
    if (ends[text.charCodeAt(at)] === 1 && !isEscaped(text, at)) return at;
  return text.length;
}

/** A character after a backslash has no meaning, even if that backslash follows another one. */
export function isEscaped(text: string, at: number): boolean {
  return text.charCodeAt(at - 1) === BACKSLASH;
}
