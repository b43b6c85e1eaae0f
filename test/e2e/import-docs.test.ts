import { readFileSync } from 'node:fs';

import { run } from '../support/child.js';
import { fileWith } from './import.contract.js';

it('docs/import.md shows what --dry-run says of its file', async () => {
  const page = readFileSync('docs/import.md', 'utf8');
  const [, file = '', shown = ''] = /```csv\n(.*?)```.*?```text\n(.*?)```/s.exec(page) ?? [];
  const command = ['dist/cli/predictionx.js', 'import', fileWith(file, 'plant.csv'), '--dry-run'];
  expect(await run('node', command)).toEqual({ code: 1, output: shown });
});
