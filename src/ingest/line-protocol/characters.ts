/** The codes of characters that have a meaning in line protocol. */
export const QUOTE = '"'.charCodeAt(0);
export const BACKSLASH = '\\'.charCodeAt(0);
export const EQUALS = '='.charCodeAt(0);
export const SPACE = ' '.charCodeAt(0);
export const TAB = '\t'.charCodeAt(0);
export const HASH = '#'.charCodeAt(0);
export const LINE_FEED = '\n'.charCodeAt(0);
export const CARRIAGE_RETURN = '\r'.charCodeAt(0);
