import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const DEPCRUISE = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** One import that a rule forbids. */
interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

interface Report {
  readonly summary: {
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
    }[];
  };
}

/** Checks files that exist for this test alone. @param files text by path */
async function check(
  config: string,
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<Violation[]> {
  const root = await mkdtemp(join(tmpdir(), 'predictionx-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const options = ['--config', join(ROOT, config), '--output-type', 'json', folder];
    const report = await new Promise<string>((resolve) => {
      execFile(process.execPath, [DEPCRUISE, ...options], { cwd: root }, (_, stdout) => resolve(stdout));
    });
    const { violations } = (JSON.parse(report) as Report).summary;
    return violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
  } finally {
    await rm(root, { recursive: true });
  }
}

describe('lint of imports in dashboard/src', () => {
  const src = 'dashboard/src';
  let violations: Violation[];

  beforeAll(async () => {
    violations = await check('dashboard/.dependency-cruiser.mjs', src, {
      [`${src}/log/log-view.tsx`]: "import { key } from '../api/key.js';\nexport const Log = key;\n",
      [`${src}/api/key.ts`]: "export const key = '';\n",
      [`${src}/live/live.ts`]:
        "import type { Log } from '../log/log-view.js';\nexport type Live = typeof Log;\n",
      [`${src}/rules/rules-view.tsx`]: "export { Log } from '../log/log-view.js';\n",
      [`${src}/chart/chart.tsx`]: "export { axis } from './axes.js';\nexport type Chart = string;\n",
      [`${src}/chart/axes.ts`]: "import type { Chart } from './chart.js';\nexport const axis: Chart = '';\n",
      [`${src}/common/clock.ts`]: "export { nowMs } from './gone.js';\n",
      [`${src}/extra/extra.ts`]: "export { key } from '../api/key.js';\n",
      [`${src}/keys/keys-view.tsx`]: "export { main } from '../../../src/main.js';\n",
      'src/main.ts': 'export const main = 1;\n',
    });
  });

  const found = (rule: string): string[] =>
    violations.filter((violation) => violation.rule === rule).map(({ from, to }) => `${from} -> ${to}`);

  it('fails when a lower layer imports from a higher one, even only a type', () => {
    expect(found('live-imports-downwards')).toEqual([`${src}/live/live.ts -> ${src}/log/log-view.tsx`]);
  });

  it('fails when a view imports from another view', () => {
    expect(found('views-stand-apart')).toEqual([`${src}/rules/rules-view.tsx -> ${src}/log/log-view.tsx`]);
  });

  it('fails when files import each other', () => {
    expect(found('no-circle')).toContain(`${src}/chart/axes.ts -> ${src}/chart/chart.tsx`);
  });

  it('fails for an import that cannot be found, which would escape the other rules', () => {
    expect(found('resolvable')).toEqual([`${src}/common/clock.ts -> ./gone.js`]);
  });

  it('fails for a file in a folder without a layer', () => {
    expect(found('in-a-layer')).toEqual([`${src}/extra/extra.ts -> ${src}/api/key.ts`]);
  });

  it('fails when the page imports from the gateway', () => {
    expect(found('not-from-the-gateway')).toEqual([`${src}/keys/keys-view.tsx -> src/main.ts`]);
  });

  it('accepts imports that point downwards', () => {
    expect(violations.filter(({ from }) => from === `${src}/log/log-view.tsx`)).toEqual([]);
  });
});

describe('lint of imports in src', () => {
  let violations: Violation[];

  beforeAll(async () => {
    const value = (name: string): string => `export const ${name} = '';\n`;
    violations = await check('.dependency-cruiser.mjs', 'src', {
      'tsconfig.json': '{}',
      'src/journal/journal.ts': "import { rule } from '../rules/rule.js';\nexport const journal = rule;\n",
      'src/rules/rule.ts': value('rule'),
      'src/pipeline/pipeline.ts': "export { journal } from '../journal/journal.js';\n",
      'src/common/errors/show.ts':
        "import type { Reading } from '../../model/reading.js';\nexport type Shown = Reading;\n",
      'src/model/reading.ts': 'export type Reading = string;\n',
      'src/ingest/ingest.service.ts': "export { start } from '../main.js';\n",
      'src/main.ts': value('start'),
      'src/logs/log.ts': "export { filter } from './filter.js';\nexport type Log = string;\n",
      'src/logs/filter.ts': "import type { Log } from './log.js';\nexport const filter: Log = '';\n",
      'src/influx/embedded/store.ts': "export { line } from '../influxdb/line.js';\n",
      'src/influx/influxdb/line.ts': value('line'),
      'src/attic/old.ts': "export { rule } from '../rules/rule.js';\n",
    });
  });

  const found = (): string[] => violations.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`).sort();

  it('fails for each import that points upwards, even only of a type, and for circles', () => {
    expect(found()).toEqual([
      'common-errors-imports-downwards-only: src/common/errors/show.ts -> src/model/reading.ts',
      'ingest-imports-downwards-only: src/ingest/ingest.service.ts -> src/main.ts',
      'journal-imports-downwards-only: src/journal/journal.ts -> src/rules/rule.ts',
      expect.stringMatching(/^no-circles: src\/logs\/(?:filter|log)\.ts -> /),
      'only-persistence-opens-what-the-gateway-keeps: src/pipeline/pipeline.ts -> src/journal/journal.ts',
      'rooms-are-listed: src/attic/old.ts -> src/rules/rule.ts',
      'stores-do-not-know-each-other: src/influx/embedded/store.ts -> src/influx/influxdb/line.ts',
    ]);
  });
});
