import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { run } from '../support/child.js';
import { ROOT } from '../support/environment.js';

/** The largest allowed response to a refused request. */
const MAX_ANSWER_BYTES = 64_000;
/** Some 50 ms where the machine has nothing else to do. Before bodies were read in time slices, these were up to half a minute. */
const MAX_PROBE_MS = 400;
/** Bodies that may be held, and what was made of them, while V8 has not collected it. */
const MAX_GROWTH_MIB = 150;

/** What one body did; see test/support/worst-bodies.mjs. */
interface Figures {
  readonly path: string;
  readonly what: string;
  readonly sentBytes: number;
  readonly status: number;
  readonly answerBytes: number;
  readonly tookMs: number;
  readonly slowestProbeMs: number;
  readonly probes: number;
  readonly failed: number;
  readonly rssBefore: number;
  readonly rssMost: number;
}

describe('the worst body of each route', () => {
  let figures: readonly Figures[];

  beforeAll(async () => {
    const { code, output } = await run('node', [join('test', 'support', 'worst-bodies.mjs')]);
    if (code !== 0) throw new Error(output);
    const lines = output.split('\n').filter((line) => line.startsWith('{'));
    figures = lines.map((line) => JSON.parse(line) as Figures);
    mkdirSync(join(ROOT, 'artifacts'), { recursive: true });
    writeFileSync(join(ROOT, 'artifacts', 'bodies.json'), JSON.stringify(figures, null, 2));
    process.stderr.write(`${tableOf(figures)}\n`);
  }, 300_000);

  it('is sent to every route that reads a body', () => {
    const paths = new Set(figures.map(({ path }) => path));
    expect([...paths].sort()).toEqual(
      ['ingest', 'ingest/batch', 'keys', 'rules', 'rules/try', 'v2/write'].map((path) => `/api/${path}`),
    );
  });

  it('is accepted, or refused for what is wrong with it, in at most 64 KB', () => {
    expect(figures.filter(({ status }) => status < 200 || status >= 500)).toEqual([]);
    expect(figures.filter(({ answerBytes }) => answerBytes > MAX_ANSWER_BYTES)).toEqual([]);
    const refused = figures.filter(({ status }) => status >= 400);
    expect(refused.length).toBeGreaterThan(40);
  });

  it('delays no probe, and takes no more memory than bodies may', () => {
    expect(figures.filter(({ failed, probes }) => failed > 0 || probes === 0)).toEqual([]);
    expect(figures.filter(({ slowestProbeMs }) => slowestProbeMs > MAX_PROBE_MS)).toEqual([]);
    expect(figures.filter(({ rssBefore, rssMost }) => rssMost - rssBefore > MAX_GROWTH_MIB)).toEqual([]);
  });
});

function tableOf(figures: readonly Figures[]): string {
  const rows = figures.map((one) =>
    [
      one.path.padEnd(18),
      one.what.padEnd(44),
      ...[one.status, one.answerBytes, one.tookMs, one.slowestProbeMs, one.rssBefore, one.rssMost].map(
        (number) => String(number).padStart(8),
      ),
    ].join(' '),
  );
  const titles = ['status', 'bytes', 'ms', 'probe', 'before', 'at most'].map((title) => title.padStart(8));
  return [['route'.padEnd(18), 'body'.padEnd(44), ...titles].join(' '), ...rows].join('\n');
}
