import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ERRORS } from '../../../src/common/errors/error-codes.js';
import { ROOT } from '../../support/environment.js';

describe('docs/errors.md', () => {
  const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');
  const listed = Array.from(page.matchAll(/^\| `([A-Z_]+)` +\| (\d{3}) +\|/gm), ([, code = '', status]) => ({
    code,
    status: Number(status),
  }));

  it('lists every error code with its status, and no other', () => {
    expect(Object.fromEntries(listed.map(({ code, status }) => [code, status]))).toEqual(
      Object.fromEntries(Object.entries(ERRORS).map(([code, { status }]) => [code, status])),
    );
  });

  it('is ordered by status, then by code', () => {
    expect(listed).toEqual(listed.toSorted((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1)));
  });
});
