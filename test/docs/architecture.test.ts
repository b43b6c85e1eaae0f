import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../support/environment.js';

const page = readFileSync(join(ROOT, 'docs', 'architecture.md'), 'utf8');

/** @returns the folders in a folder, sorted */
function foldersIn(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** @returns what the first group of the expression matches in the text, sorted */
function allOf(expression: RegExp, text: string): string[] {
  return Array.from(text.matchAll(expression), ([, found = '']) => found).sort();
}

describe('docs/architecture.md', () => {
  const src = join(ROOT, 'src');
  const rooms = foldersIn(src);

  it('shows every folder of src/ in its picture, and no other', () => {
    const [picture = ''] = /```mermaid\n.*?```/s.exec(page) ?? [];
    expect(allOf(/\["([\w-]+)\/"\]/g, picture)).toEqual(rooms);
  });

  it('lists every folder of src/ and the folders in them, and no other', () => {
    const within = rooms.flatMap((room) => foldersIn(join(src, room)).map((name) => `${room}/${name}`));
    // A folder that holds nothing but folders is listed by them.
    const expected = [...rooms.filter((room) => room !== 'common' && room !== 'http'), ...within].sort();
    expect(allOf(/^\| `([\w/-]+)\/` +\|/gm, page)).toEqual(expected);
  });

  it('lists rooms in the order in which lint lets them import each other', () => {
    const config = readFileSync(join(ROOT, '.dependency-cruiser.mjs'), 'utf8');
    const [, order = ''] = /const ROOMS = \[(.*?)\];/s.exec(config) ?? [];
    const inOrder = Array.from(order.matchAll(/'([\w/-]+)'/g), ([, room = '']) => room);
    const listed = Array.from(page.matchAll(/^\| `([\w/-]+)\/` +\|/gm), ([, room = '']) => room);
    expect(listed.filter((room) => inOrder.includes(room))).toEqual(inOrder);
  });

  it('names only classes and functions that exist', () => {
    const code = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(src, name), 'utf8'))
      .join('\n');
    const names = [...allOf(/`([A-Z]\w+)`/g, page), ...allOf(/`([\w.]+)\(\)`/g, page)].flatMap((name) =>
      name.split('.'),
    );
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
  });
});
