import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './environment.js';

/** @returns the fenced blocks of a language below a heading of any level, up to the next one of that level or higher */
export function docBlocks(page: string, heading: string, language: string): string[] {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  const start = new RegExp(`^(#+) ${heading}$`, 'm').exec(text);
  if (!start) throw new Error(`docs/${page} has no heading "${heading}"`);
  const [line, marks = ''] = start;
  const rest = text.slice(start.index + line.length);
  const end = new RegExp(`^#{1,${marks.length}} `, 'm').exec(rest.replaceAll(/^```.*?^```$/gms, hide));
  const section = rest.slice(0, end?.index);
  return Array.from(
    section.matchAll(/^```(\w+)\n(.*?)^```$/gms),
    ([, name, block = '']): [string | undefined, string] => [name, block],
  )
    .filter(([name]) => name === language)
    .map(([, block]) => block);
}

/** Comments of shell and Python look like headings. */
function hide(block: string): string {
  return block.replaceAll('#', ' ');
}
