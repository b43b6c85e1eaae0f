import { spawnSync } from 'node:child_process';

import { run } from '../support/child.js';
import { emptyFolder } from '../support/environment.js';

const HAS_WRK = spawnSync('wrk', ['--version']).error === undefined;
const PEERS = ['--only', 'gateway,fastify,floor,embedded'];

/** The cells of each row of the one table, its head first. */
function tableOf(output: string): string[][] {
  const rows = output.split('\n').filter((line) => line.startsWith('|'));
  return rows
    .filter((_, at) => at !== 1)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function short(
  options: string[],
  variables: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  return run('node', ['bench/bare.mjs', '--short', '--embedded', ...options], variables);
}

describe('bench', () => {
  it('compares the gateway with its peers, and finds every acknowledged reading', async () => {
    const { code, output } = await short(PEERS);
    const [head = [], ...rows] = tableOf(output);
    expect({ code, head }).toEqual({
      code: 0,
      head: ['work', 'gateway, a second', 'peer', 'peer, a second', 'ratio', 'target', ''],
    });

    const compared = rows.map(([work = '', , peer = '']) => `${work} / ${/^[^:]*/.exec(peer)?.[0] ?? ''}`);
    const batches = ['line protocol', 'JSON array', 'NDJSON'].map((form) => `batches of 1,000, ${form}`);
    for (const batch of batches) expect(compared).toContain(`${batch} / the floor`);
    expect(compared.filter((row) => /^(POST one|GET latest)/.test(row))).toHaveLength(HAS_WRK ? 8 : 0);

    const limited = rows.filter(([, , peer]) => peer === '');
    expect(limited).toEqual([
      [
        expect.stringMatching(/480 buckets: p99, the gateway, embedded store$/),
        expect.stringMatching(/^[\d.]*[1-9][\d.]* ms$/),
        ...['', '', '', 'below 50.00 ms'],
        expect.stringMatching(/^(holds|missed by \d+\.\d\d)$/),
      ],
    ]);
    for (const [work, own = '', peer, theirs = '', ratio, target = '', verdict = ''] of rows) {
      if (peer === '') continue;
      expect({ work, own, theirs }).toEqual({
        work,
        own: expect.stringMatching(/^[\d,.]*[1-9]/),
        theirs: expect.stringMatching(/^[\d,.]*[1-9]/),
      });
      expect(Number(ratio)).toBeGreaterThan(0);
      expect(verdict).toMatch(target === '' ? /^$/ : /^(holds|missed by \d+\.\d\d)$/);
    }

    const accounts = [
      ...output.matchAll(/([\d,]+) readings acknowledged, ([\d,]+) found afterwards, (\d+) missing\./g),
    ];
    expect(accounts).toHaveLength(2);
    for (const [, acknowledged = '', found = '', missing] of accounts) {
      const numbers = [acknowledged, found].map((text) => Number(text.replaceAll(',', '')));
      expect(Math.min(...numbers)).toBeGreaterThan(1_000);
      expect(missing).toBe('0');
    }
  });

  it('says what was left out and why', async () => {
    // A home folder without a cache: nothing was built there yet.
    const variables = { HOME: emptyFolder() };
    const { output } = await short(['--only', 'gateway,floor,influxdb,victoriametrics,json'], variables);
    expect(output).toContain('Left out: InfluxDB: it needs InfluxDB, and --embedded was given.');
    expect(output).toContain('Left out: VictoriaMetrics: it is not built yet, and --short builds nothing.');
  });

  it('refuses an unknown name', async () => {
    const { code, output } = await short(['--only', 'gateway,prometheus']);
    expect({ code, output }).toEqual({
      code: 2,
      output: expect.stringContaining('--only does not know prometheus'),
    });
  });
});

/** Each table of an output, its head first. */
function tablesOf(output: string): string[][][] {
  return output
    .split(/\n(?!\|)/)
    .filter((text) => text.includes('| --- |'))
    .map(tableOf);
}

describe('bench:start', () => {
  it('measures cold starts beside peers, memory, and restarts with many sensors and a full journal', async () => {
    const { code, output } = await run('node', ['bench/start.mjs', '--short']);
    const [cold = [], memory = [], sensors = [], journal = []] = tablesOf(output);
    expect({ code, cold: cold.map(([title]) => title) }).toEqual({
      code: 0,
      cold: [
        'cold start',
        'the gateway',
        'node -e, a server of its own',
        'bare Fastify',
        expect.stringContaining('Nest on Fastify'),
      ],
    });
    expect(memory).toHaveLength(6);
    expect(output).not.toContain('refused:');
    expect(sensors[1]?.[0]).toBe('1,000');
    expect(journal[1]?.[0]).toBe('16 MiB');
    for (const cell of [...cold.slice(1), ...sensors.slice(1), ...journal.slice(1)].flat())
      expect(cell).not.toMatch(/^$|NaN|undefined/);
  }, 180_000);
});

describe('bench:growth', () => {
  it.each([
    ['sensors', 100, 2],
    ['batch', 1, 1],
    ['journal', 67_108_864, 10],
    ['history', 10_000, 1],
    ['clients', 10, 2],
  ])(
    'draws the curve of %s up to %d',
    async (name, max, steps) => {
      const { code, output } = await run('node', ['bench/growth.mjs', '--only', name, '--max', String(max)]);
      const [[head = [], ...rows] = []] = tablesOf(output);
      expect({ code, steps: rows.length }).toEqual({ code: 0, steps });
      for (const row of rows) expect(row).toHaveLength(head.length);
      expect(output).not.toMatch(/NaN|undefined/);
      if (name === 'journal') expect(output).toMatch(/Full: 503 with Retry-After \d/);
    },
    180_000,
  );

  it('refuses an unknown curve', async () => {
    const { code, output } = await run('node', ['bench/growth.mjs', '--only', 'moon']);
    expect({ code, output }).toEqual({
      code: 2,
      output: expect.stringContaining('--only does not know moon'),
    });
  });
});
