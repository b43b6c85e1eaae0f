import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../support/environment.js';

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

describe('CHANGELOG.md', () => {
  // The gateway does not believe a clock that shows a time before its release.
  it('names the newest version first, with the date that package.json has', () => {
    const [, version, released] = /^## (\d\S*) - (\S+)$/m.exec(read('CHANGELOG.md')) ?? [];
    const manifest = JSON.parse(read('package.json')) as Record<string, unknown>;
    expect({ version, released }).toEqual({ version: manifest.version, released: manifest.released });
    expect(released).toMatch(/^\d{4}-\d\d-\d\d$/);
  });
});
