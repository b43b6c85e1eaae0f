/** Control characters, and what else begins a new line. */
const BREAKS = /[\p{Cc}\u2028\u2029]/gu;

/** The same text on one line: control characters become JSON escapes such as \\n and \\u0000. */
export function oneLine(text: string): string {
  return text.replace(BREAKS, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1);
    return escaped === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : escaped;
  });
}
