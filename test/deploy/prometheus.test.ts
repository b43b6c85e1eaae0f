import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { findChecker } from '../../tools/checkers/find.mjs';
import { emptyFolder, ROOT, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Scrape } from '../support/metrics.js';

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

const READING = { sensorId: 's', zone: 'z', value: 90, latencyMs: 1 };
const ALERTS = 'deploy/prometheus/alerts.yml';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

function promtool(args: readonly string[], input = ''): { code: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync(findChecker('promtool') ?? 'promtool', args, {
    cwd: ROOT,
    input,
    encoding: 'utf8',
  });
  if (error) throw error;
  return { code: status, output: stdout + stderr };
}

/** The names of metrics in the text of queries, without the suffixes of histograms. */
function namesIn(text: string): string[] {
  const names = text.match(/\b(?:predictionx|nodejs|process)_\w+/g) ?? [];
  return [
    ...new Set(
      names.map((name) => name.replace(/(?<=_(?:seconds|readings|bytes))_(?:bucket|sum|count)$/, '')),
    ),
  ];
}

describe('the metrics, alerts and dashboard for Prometheus and Grafana', () => {
  const { panels, ...dashboard } = JSON.parse(read('deploy/grafana/predictionx.json')) as {
    schemaVersion: number;
    panels: Panel[];
    templating: { list: { name: string; type: string }[] };
  };
  const charts = panels.filter(({ type }) => type !== 'row');
  const queries = charts.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  let scrape: Scrape;

  beforeAll(async () => {
    const gateway = await Gateway.start();
    await gateway.post('/api/rules', { kind: 'above', threshold: 80 });
    await gateway.post('/api/ingest', READING);
    await gateway.post('/api/ingest', {});
    await gateway.get('/api/latest/s');
    await gateway.settled();
    // The garbage collector runs at times of its own.
    scrape = await until(async () => {
      await gateway.post(
        '/api/ingest/batch',
        Array.from({ length: 1_000 }, () => READING),
      );
      const now = await Scrape.of(gateway);
      return now.value('nodejs_gc_duration_seconds_count') ? now : undefined;
    }, 'a garbage collection');
    await gateway.stop();
  });

  it('promtool accepts the metrics as scraped', () => {
    expect(promtool(['check', 'metrics'], scrape.text)).toEqual({ code: 0, output: '' });
  });

  it('promtool accepts the alerts', () => {
    expect(promtool(['check', 'rules', ALERTS])).toMatchObject({ code: 0 });
  });

  it('alerts fire when they should, and only then', () => {
    const { code, output } = promtool(['test', 'rules', 'deploy/prometheus/alerts.test.yml']);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') });
  });

  it('every alert is tested to fire and not to fire', () => {
    const alerts = Array.from(read(ALERTS).matchAll(/alert: (\w+)/g), ([, name]) => name);
    const tests = read('deploy/prometheus/alerts.test.yml');
    expect(alerts.length).toBeGreaterThan(10);
    const named = (form: string): (string | undefined)[] =>
      alerts.filter((name) => new RegExp(`alertname: ${name ?? ''}\\n +exp_alerts:${form}`).test(tests));
    expect(named(' \\[\\]\\n')).toEqual(alerts);
    expect(named('\\n +- exp_labels')).toEqual(alerts);
  });

  it('every alert links to its section in the documentation', () => {
    const anchors = Array.from(
      read(ALERTS).matchAll(/runbook_url: docs\/operations\.md#(\S+)/g),
      ([, to]) => to,
    );
    const headings = Array.from(read('docs/operations.md').matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(anchors).toHaveLength(read(ALERTS).match(/alert: /g)?.length ?? 0);
    expect(anchors.filter((anchor) => !headings.includes(anchor ?? ''))).toEqual([]);
  });

  it('alerts and dashboard use only metrics that the gateway has', () => {
    const used = namesIn(read(ALERTS) + queries.join('\n'));
    expect(used.length).toBeGreaterThan(30);
    expect(used.filter((name) => !scrape.types.has(name))).toEqual([]);
  });

  it('every metric of the gateway is documented with its type', () => {
    const rows = read('docs/operations.md').matchAll(/^\| `(predictionx_\w+)(?:\{[^`]*\})?` +\| (\w+) +\|/gm);
    const documented = Array.from(rows, ([, name, type]) => [name, type]);
    const shown = [...scrape.types].filter(([name]) => name.startsWith('predictionx_'));
    expect(documented.sort()).toEqual(shown.sort());
  });

  it('every panel of the dashboard has a query to a selectable data source', () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(38);
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
    expect(charts.length).toBeGreaterThan(20);
    expect(charts.filter(({ targets = [] }) => targets.length === 0)).toEqual([]);
    const sources = charts.flatMap(({ datasource, targets = [] }) => [
      datasource,
      ...targets.map((t) => t.datasource),
    ]);
    expect(new Set(sources.map((source) => source?.uid))).toEqual(new Set(['${datasource}']));
    expect(new Set(charts.map(({ title }) => title)).size).toBe(charts.length);
  });

  it('Prometheus accepts the queries of the dashboard', () => {
    const rules = queries.map((expr, index) => ({
      record: `query:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(job|instance)/g, '.*'),
    }));
    const path = join(emptyFolder(), 'queries.json');
    // JSON is YAML, too.
    writeFileSync(path, JSON.stringify({ groups: [{ name: 'queries', rules }] }));
    const { code, output } = promtool(['check', 'rules', path]);
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringContaining(`${rules.length} rules found`),
    });
  });
});
