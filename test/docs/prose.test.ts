import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { ROOT } from '../support/environment.js';

function lint(text: string): { status: number | null; output: string } {
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules', 'textlint', 'bin', 'textlint.js'),
      '--rulesdir',
      'tools/prose',
      '--no-color',
      '--stdin',
      '--stdin-filename',
      'page.md',
    ],
    { cwd: ROOT, input: text, encoding: 'utf8' },
  );
  return { status, output: stdout };
}

describe('the prose linter', () => {
  it('refuses a phrase of the word list, also across a line break, and says what to write', () => {
    const { status, output } = lint('Sent twice, a reading lands\non itself. The body is no JSON.\n');
    expect(status).toBe(1);
    expect(output).toContain('"lands on itself": write overwrites the same point');
    expect(output).toContain('"is no": write is not a …, or is not valid …');
  });

  it('refuses another spelling of a term', () => {
    const { status, output } = lint('Readings go to Influxdb.\n');
    expect(status).toBe(1);
    expect(output).toContain('"Influxdb": write "InfluxDB"');
  });

  it('accepts plain words, code, paths and links', () => {
    const { output } = lint(
      'There is no such path: `lands on itself`. See [the chart](https://influxdb.example/) in deploy/grafana.\n',
    );
    expect(output).toBe('');
  });
});
