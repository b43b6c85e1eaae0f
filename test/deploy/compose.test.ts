import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { VARIABLES } from '../../src/common/config/gateway-config.js';
import { findChecker } from '../../tools/checkers/find.mjs';
import { run } from '../support/child.js';
import { ROOT } from '../support/environment.js';
import { check, readYaml } from './chart.js';
import { readDockerfile } from './dockerfile.js';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Record<string, string>;
  readonly secrets?: { readonly source: string; readonly target: string }[];
  readonly volumes?: { readonly type: string; readonly source: string; readonly target: string }[];
  readonly ports?: { readonly host_ip: string; readonly target: number }[];
  readonly read_only?: boolean;
  readonly cap_drop?: string[];
  readonly stop_grace_period?: string;
}

interface Project {
  readonly services: Record<'gateway' | 'influxdb' | 'prometheus' | 'grafana', Service>;
  readonly secrets: Record<string, { readonly file: string }>;
}

describe('deploy/compose.yaml', () => {
  const { code, output } = check('compose-config', join(ROOT, 'deploy', 'compose.yaml'));
  const { services, secrets } = JSON.parse(code === 0 ? output : '{"services":{}}') as Project;
  const all = Object.values(services);

  it("is read by Docker's own library", () => {
    expect({ code, services: Object.keys(services).sort() }).toEqual({
      code: 0,
      services: ['gateway', 'grafana', 'influxdb', 'prometheus'],
    });
  });

  it('names only files that exist, or that docs/deployment.md creates', () => {
    const mounts = all.flatMap(({ volumes = [] }) => volumes.filter(({ type }) => type === 'bind'));
    expect(mounts).not.toEqual([]);
    expect(mounts.map(({ source }) => source).filter((source) => !existsSync(source))).toEqual([]);
    const { context, dockerfile } = services.gateway.build ?? { context: '', dockerfile: '' };
    expect(existsSync(join(context, dockerfile))).toBe(true);
    const made = readFileSync(join(ROOT, 'docs', 'deployment.md'), 'utf8');
    for (const name of Object.keys(secrets)) expect(made).toContain(`deploy/secrets/${name}`);
  });

  it('passes secrets as files, each to the services with its path in a variable', () => {
    for (const { environment = {}, secrets: given = [] } of all) {
      const files = Object.entries(environment).filter(([name]) => name.endsWith('_FILE'));
      for (const [name, value] of Object.entries(environment))
        expect(/KEY|TOKEN|PASSWORD/.test(name) ? value : '/run/secrets/').toContain('/run/secrets/');
      const targets = given.map(({ target }) => target);
      expect(targets).toEqual(expect.arrayContaining(files.map(([, value]) => value)));
    }
  });

  it('sets only variables that the gateway knows, and InfluxDB as it is set up', () => {
    const gateway = services.gateway.environment ?? {};
    const influxdb = services.influxdb.environment ?? {};
    const known = VARIABLES.map(({ name }) => name);
    expect(Object.keys(gateway).filter((name) => !known.includes(name))).toEqual([]);
    expect(gateway).toMatchObject({
      INFLUXDB_URL: 'http://influxdb:8086',
      INFLUXDB_ORG: influxdb.DOCKER_INFLUXDB_INIT_ORG,
      INFLUXDB_BUCKET: influxdb.DOCKER_INFLUXDB_INIT_BUCKET,
      INFLUXDB_TOKEN_FILE: influxdb.DOCKER_INFLUXDB_INIT_ADMIN_TOKEN_FILE,
    });
  });

  it('lets the gateway write only to its volume, drops all capabilities, and gives it time to stop', () => {
    const { read_only, cap_drop, volumes, stop_grace_period } = services.gateway;
    expect({ read_only, cap_drop, stop_grace_period }).toEqual({
      read_only: true,
      cap_drop: ['ALL'],
      stop_grace_period: '30s',
    });
    const volume = readDockerfile().find(({ keyword }) => keyword === 'VOLUME')?.value;
    expect(volumes?.map(({ target }) => target)).toEqual(JSON.parse(volume ?? ''));
  });

  it('publishes ports only on this machine, unless asked to', async () => {
    const hostIps = (project: Project): string[] =>
      Object.values(project.services).flatMap(({ ports = [] }) => ports.map(({ host_ip }) => host_ip));
    expect(new Set(hostIps({ services, secrets }))).toEqual(new Set(['127.0.0.1']));
    const program = findChecker('compose-config') ?? '';
    const asked = await run(program, ['deploy/compose.yaml'], { PUBLISH: '0.0.0.0' });
    const { services: open } = JSON.parse(asked.output) as Project;
    expect(open.gateway.ports).toMatchObject([{ host_ip: '0.0.0.0', target: 8000 }]);
    expect(open.prometheus.ports).toMatchObject([{ host_ip: '127.0.0.1' }]);
  });

  it('has a Prometheus that reads the gateway with its key, and a Grafana that queries it', () => {
    expect(
      check('promtool', 'check', 'config', '--syntax-only', 'deploy/prometheus/prometheus.yml'),
    ).toMatchObject({
      code: 0,
    });
    const { scrape_configs, rule_files } = readYaml('deploy/prometheus/prometheus.yml') as {
      scrape_configs: { authorization: { credentials_file: string }; static_configs: unknown }[];
      rule_files: string[];
    };
    const target = `gateway:${services.gateway.ports?.[0]?.target ?? 0}`;
    expect(scrape_configs).toMatchObject([{ static_configs: [{ targets: [target] }] }]);
    expect(services.prometheus.secrets).toMatchObject([
      { target: scrape_configs[0]?.authorization.credentials_file },
    ]);
    const mounted = services.prometheus.volumes?.map(({ target: path }) => path);
    expect(mounted).toEqual(expect.arrayContaining(rule_files.map((file) => `/etc/prometheus/${file}`)));
    expect(readYaml('deploy/grafana/provisioning/datasources/prometheus.yaml')).toMatchObject({
      datasources: [{ type: 'prometheus', url: 'http://prometheus:9090', isDefault: true }],
    });
    const { providers } = readYaml('deploy/grafana/provisioning/dashboards/predictionx.yaml') as {
      providers: { options: { path: string } }[];
    };
    const folder = providers[0]?.options.path ?? '?';
    expect(services.grafana.volumes?.map(({ target: path }) => path)).toContain(`${folder}/predictionx.json`);
  });
});
