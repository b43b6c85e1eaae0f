import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ERRORS } from '../../../src/common/errors/error-codes.js';
import { ROOT } from '../../support/environment.js';

describe('docs/errors.md', () => {
  it('lists every error code with its status, and no other', () => {
    const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');
    const listed = Array.from(page.matchAll(/^\| `([A-Z_]+)` +\| (\d{3}) +\|/gm), ([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(Object.fromEntries(listed)).toEqual(
      Object.fromEntries(Object.entries(ERRORS).map(([code, { status }]) => [code, status])),
    );
  });
});
