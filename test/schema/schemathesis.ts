import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { findChecker } from '../../tools/checkers/find.mjs';
import { run } from '../support/child.js';
import { ROOT } from '../support/environment.js';
import type { Gateway } from '../support/gateway.js';

/** More of everything, and other values each time. */
const LONG = process.env.SCHEMA_LONG === '1';
const EXAMPLES = LONG ? 300 : 12;
const SEED = 20_260_130;

/** The result of a run of Schemathesis. */
export interface Report {
  readonly code: number | null;
  /** From the first failure on; the whole output is in artifacts/. */
  readonly summary: string;
  readonly cases: number;
}

/**
 * Sends a gateway what its OpenAPI document allows and what it does not, and checks all answers.
 * @param name of the files with the full report, in artifacts/
 */
export async function fuzz(gateway: Gateway, name: string, args: readonly string[]): Promise<Report> {
  const folder = join(ROOT, 'artifacts', 'schema');
  mkdirSync(folder, { recursive: true });
  const { code, output } = await run(
    findChecker('schemathesis') ?? 'schemathesis',
    [
      '--config-file',
      'schemathesis.toml',
      'run',
      `${gateway.url}/api/openapi.json`,
      ...['--checks', 'all'],
      ...['--max-examples', String(EXAMPLES)],
      ...(LONG ? [] : ['--seed', String(SEED)]),
      '--no-color',
      ...['--report', 'junit,ndjson'],
      ...['--report-junit-path', join(folder, `${name}.xml`)],
      ...['--report-ndjson-path', join(folder, `${name}.ndjson`)],
      ...args,
    ],
    { PYTHONDONTWRITEBYTECODE: '1' },
    import.meta.dirname,
  );
  const [, cases = '0'] = /(\d+) generated/.exec(output) ?? [];
  const from = Math.max(0, output.search(/=+ (ERRORS|FAILURES|SUMMARY) =+/));
  return { code, summary: output.slice(from), cases: Number(cases) };
}
