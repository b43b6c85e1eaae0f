import { existsSync, readFileSync } from 'node:fs';

import { parse } from 'yaml';

import { ALERTS, ALERTS_OF_THE_CHART, MANIFESTS, renderManifests } from '../../tools/manifests.mjs';
import { VARIABLES } from '../../src/common/config/gateway-config.js';
import { Gateway } from '../support/gateway.js';
import {
  CHART,
  check,
  only,
  packageVersion,
  parseManifests,
  readYaml,
  statefulSet,
  template,
  tryTemplate,
  validate,
} from './chart.js';
import { readDockerfile } from './dockerfile.js';

const INFLUXDB = {
  influxdb: { url: 'http://influxdb.influxdb.svc:8086', org: 'factory', existingSecret: 'influxdb-token' },
};
const TLS = { tls: { existingSecret: 'gateway-tls' } };
const MONITORING = {
  serviceMonitor: { enabled: true, existingSecret: 'metrics-key', labels: { release: 'prometheus' } },
  prometheusRule: { enabled: true },
};
const NETWORK = {
  networkPolicy: {
    from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'factory' } } }],
    influxdb: [{ ipBlock: { cidr: '10.0.0.0/8' } }],
    extraEgress: [{ ports: [{ port: 4318, protocol: 'TCP' }] }],
  },
};
const POD = {
  config: { LOG_LEVEL: 'debug', MAX_SENSORS: '5000' },
  lineMapping: [
    {
      measurement: 'modbus',
      tags: { slave_id: '01' },
      fields: '*',
      sensorId: '{tag.name}.{field}',
      zone: '{tag.line}',
    },
  ],
  extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/ca/ca.crt' }],
  extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
  extraVolumeMounts: [{ name: 'ca', mountPath: '/ca', readOnly: true }],
  image: {
    repository: 'registry.example/predictionx',
    digest: `sha256:${'0'.repeat(64)}`,
    pullSecrets: ['registry'],
  },
  podAnnotations: { 'example.com/team': 'line 1' },
  podLabels: { team: 'line-1' },
  priorityClassName: 'high',
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'edge', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }],
      },
    },
  },
  persistence: {
    storageClass: 'local',
    accessMode: 'ReadWriteOncePod',
    annotations: { 'example.com/backup': 'yes' },
  },
  serviceAccount: { name: 'gateway-account', annotations: { 'example.com/a': 'b' } },
  service: { type: 'LoadBalancer', annotations: { 'example.com/lb': 'internal' } },
};
const INGRESS = {
  ingress: {
    enabled: true,
    className: 'nginx',
    host: 'gateway.example.com',
    tlsSecret: 'gateway-example-com',
    annotations: { 'nginx.ingress.kubernetes.io/proxy-buffering': 'off' },
  },
};
const SETS: [string, object][] = [
  ['the defaults', {}],
  ['InfluxDB', INFLUXDB],
  ['HTTPS', TLS],
  ['an ingress', INGRESS],
  ['monitoring', MONITORING],
  ['bounds on the network', { ...INFLUXDB, ...NETWORK }],
  ['a pod with everything', POD],
  [
    'as little as possible',
    {
      adminKey: { existingSecret: '' },
      config: { AUTH: 'off' },
      networkPolicy: { enabled: false },
      podDisruptionBudget: { enabled: false },
      serviceAccount: { create: false },
    },
  ],
  ['everything at once', { ...INFLUXDB, ...TLS, ...INGRESS, ...MONITORING, ...NETWORK, ...POD }],
];

describe('the Helm chart', () => {
  it('passes helm lint --strict', () => {
    expect(check('helm', 'lint', '--strict', CHART)).toMatchObject({ code: 0 });
  });

  it.each(SETS)("makes objects that Kubernetes' schemas accept, with %s", (_, values) => {
    const manifests = template(values);
    expect(manifests.length).toBeGreaterThanOrEqual(3);
    expect(validate(manifests)).toMatchObject({ code: 0 });
  });

  it.each(['StatefulSet', 'ServiceMonitor'])('would detect a %s that they do not accept', (kind) => {
    const manifest = only(template(MONITORING), kind);
    const spoiled = { ...manifest, spec: { ...manifest.spec, replicaz: 1 } };
    expect(validate([manifest])).toMatchObject({ code: 0 });
    expect(validate([spoiled]).code).not.toBe(0);
  });

  it.each<[string, object, RegExp]>([
    ['two replicas', { replicas: 2 }, /\/replicas.*must be 1/],
    ['no replica', { replicas: 0 }, /\/replicas.*must be 1/],
    ['a value that it does not have', { replicaCount: 1 }, /replicaCount/],
    ['a variable that is no name', { config: { logLevel: 'debug' } }, /\/config.*logLevel/],
    [
      'a number that YAML would spoil',
      { config: { MAX_SENSORS: 1e6 } },
      /\/config\/MAX_SENSORS.*want string/,
    ],
    ['a variable that it sets itself', { config: { PORT: '80' } }, /\/config\/PORT/],
    ['a secret among the variables', { config: { ADMIN_KEY: 'x' } }, /\/config\/ADMIN_KEY/],
    [
      'InfluxDB without a token',
      { influxdb: { url: 'http://influxdb:8086', org: 'a' } },
      /\/influxdb\/existingSecret/,
    ],
    [
      'credentials in a URL',
      { influxdb: { ...INFLUXDB.influxdb, url: 'http://u:p@influxdb' } },
      /\/influxdb\/url/,
    ],
    ['an ingress for every host', { ingress: { enabled: true } }, /\/ingress\/host/],
    ['metrics without a key', { serviceMonitor: { enabled: true } }, /\/serviceMonitor\/existingSecret/],
    ['a delay longer than anybody waits', { shutdownDelaySeconds: 600 }, /\/shutdownDelaySeconds.*60/],
  ])('refuses %s and says where', (_, values, message) => {
    const { code, output } = tryTemplate(values);
    expect(code).not.toBe(0);
    expect(output).toMatch(message);
  });

  it('sets only variables that the gateway knows', () => {
    const known = VARIABLES.map(({ name }) => name);
    const [container] = statefulSet(template({ ...INFLUXDB, ...TLS })).template.spec.containers;
    const names = container.env.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['HOST', 'INFLUXDB_TOKEN_FILE', 'ADMIN_KEY_FILE', 'TLS_CERT']),
    );
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('probes routes that the gateway answers, also while InfluxDB is down', async () => {
    const [container] = statefulSet(template(INFLUXDB)).template.spec.containers;
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const gateway = await Gateway.start({
      INFLUXDB_URL: 'http://127.0.0.1:9',
      INFLUXDB_TOKEN: 'token',
      INFLUXDB_ORG: 'org',
    });
    for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe])
      expect((await gateway.get(httpGet.path)).status).toBe(200);
    expect(livenessProbe.httpGet.path).toBe('/api/health/live');
    await gateway.stop();
  });

  it('speaks HTTPS everywhere once it has a certificate', () => {
    const manifests = template({ ...TLS, ...INGRESS, ...MONITORING });
    const [{ ports, ...container }] = statefulSet(manifests).template.spec.containers;
    expect(ports).toEqual([{ name: 'https', containerPort: 8000 }]);
    for (const { httpGet } of [container.startupProbe, container.livenessProbe, container.readinessProbe])
      expect(httpGet).toMatchObject({ port: 'https', scheme: 'HTTPS' });
    expect(only(manifests, 'Service', 'gateway').spec.ports).toMatchObject([
      { name: 'https', targetPort: 'https' },
    ]);
    expect(JSON.stringify(only(manifests, 'Ingress').spec)).toContain('"port":{"name":"https"}');
    expect(only(manifests, 'ServiceMonitor').spec.endpoints).toMatchObject([
      { port: 'https', scheme: 'https' },
    ]);
  });

  it('runs one gateway, without privileges, which can write only to the volume and /tmp', () => {
    const { replicas, template: pod } = statefulSet(template({}));
    const { containers, securityContext, automountServiceAccountToken } = pod.spec;
    expect(replicas).toBe(1);
    expect(automountServiceAccountToken).toBe(false);
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const writable = containers[0].volumeMounts.filter((mount) => !('readOnly' in mount));
    expect(writable.map(({ mountPath }) => mountPath)).toEqual(['/data', '/tmp']);
  });

  it('fits the image: user, port, volume and version', () => {
    const value = (keyword: string): string | undefined =>
      readDockerfile().findLast((i) => i.keyword === keyword)?.value;
    const { spec } = statefulSet(template({})).template;
    const { runAsUser, runAsGroup } = spec.securityContext;
    const [{ image, ports, volumeMounts, env }] = spec.containers;
    expect(`${String(runAsUser)}:${String(runAsGroup)}`).toBe(value('USER'));
    expect(String(ports[0]?.containerPort)).toBe(value('EXPOSE'));
    expect(value('VOLUME')).toBe(JSON.stringify([volumeMounts[0]?.mountPath]));
    expect(env).toContainEqual({ name: 'DATA_DIR', value: volumeMounts[0]?.mountPath });
    expect(image).toBe(`predictionx:${packageVersion()}`);
    expect(readDockerfile()).toContainEqual({ keyword: 'ARG', value: `VERSION=${packageVersion()}` });
  });

  it("mounts secrets as files, whose paths are in the gateway's variables", () => {
    const { spec } = statefulSet(template({ ...INFLUXDB, ...TLS })).template;
    const [{ env, volumeMounts }] = spec.containers;
    const files = spec.volumes.flatMap(({ name, secret }) => {
      const folder = volumeMounts.find((mount) => mount.name === name)?.mountPath ?? '?';
      // A Secret without items shows all its entries; one of type kubernetes.io/tls has these two.
      const paths = secret?.items?.map(({ path }) => path) ?? ['tls.crt', 'tls.key'];
      return secret ? paths.map((path) => `${folder}/${path}`) : [];
    });
    const inVariables = env.filter(({ name }) => /_FILE$|^TLS_/.test(name)).map(({ value }) => value);
    expect(inVariables).toHaveLength(4);
    expect(inVariables.sort()).toEqual(files.sort());
  });

  it('mounts the rules of lineMapping unchanged, where LINE_MAPPING says', () => {
    const manifests = template({ lineMapping: POD.lineMapping });
    const { spec } = statefulSet(manifests).template;
    const [{ env, volumeMounts }] = spec.containers;
    expect(volumeMounts).toContainEqual(
      expect.objectContaining({ name: 'line-mapping', mountPath: '/etc/predictionx/line-mapping' }),
    );
    expect(env).toContainEqual({ name: 'LINE_MAPPING', value: '/etc/predictionx/line-mapping/rules.yaml' });
    const { data = {} } = only(manifests, 'ConfigMap', 'gateway-line-mapping');
    expect(spec.volumes).toContainEqual({
      name: 'line-mapping',
      configMap: { name: 'gateway-line-mapping' },
    });
    // As the gateway reads it: every value is a text.
    expect(parse(data['rules.yaml'] ?? '', { schema: 'failsafe' })).toEqual(POD.lineMapping);
  });

  it('has selectors that match the pod, and lets Prometheus find it once', () => {
    const manifests = template(MONITORING);
    const { selector, template: pod, serviceName } = statefulSet(manifests);
    const { labels } = pod.metadata;
    expect(labels).toMatchObject(selector.matchLabels);
    expect(only(manifests, 'Service', 'gateway').spec.selector).toEqual(selector.matchLabels);
    expect(only(manifests, 'Service', serviceName).spec).toMatchObject({
      clusterIP: 'None',
      selector: selector.matchLabels,
    });
    expect(only(manifests, 'PodDisruptionBudget').spec).toMatchObject({ maxUnavailable: 1, selector });
    expect(only(manifests, 'NetworkPolicy').spec.podSelector).toEqual(selector);
    const { matchLabels, matchExpressions } = only(manifests, 'ServiceMonitor').spec.selector as {
      matchLabels: object;
      matchExpressions: object;
    };
    expect(matchLabels).toEqual(selector.matchLabels);
    expect(matchExpressions).toEqual([{ key: 'predictionx/headless', operator: 'DoesNotExist' }]);
    const headless = manifests.filter(({ metadata }) => 'predictionx/headless' in metadata.labels);
    expect(headless.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([['Service', serviceName]]);
  });

  it('lets Prometheus read /metrics with a key from a Secret', () => {
    const { apiVersion, metadata, spec } = only(template(MONITORING), 'ServiceMonitor');
    expect(apiVersion).toBe('monitoring.coreos.com/v1');
    expect(metadata.labels).toMatchObject({ release: 'prometheus' });
    expect(spec.endpoints).toEqual([
      {
        port: 'http',
        scheme: 'http',
        path: '/metrics',
        interval: '30s',
        authorization: { type: 'Bearer', credentials: { name: 'metrics-key', key: 'key' } },
      },
    ]);
  });

  it('contains the alert rules unchanged; otherwise run: npm run manifests', () => {
    expect(readFileSync(ALERTS_OF_THE_CHART, 'utf8')).toBe(readFileSync(ALERTS, 'utf8'));
    expect(only(template(MONITORING), 'PrometheusRule').spec).toEqual(
      readYaml('deploy/prometheus/alerts.yml'),
    );
  });

  it.each([
    ['http://influxdb.influxdb.svc:8086', 8086],
    ['http://influxdb/base', 80],
    ['https://influxdb.example.com', 443],
    ['https://[fd00::1]:9999/', 9999],
  ])('lets the gateway reach DNS and InfluxDB at %s, and nothing else', (url, port) => {
    const values = { influxdb: { ...INFLUXDB.influxdb, url } };
    expect(only(template(values), 'NetworkPolicy').spec.egress).toEqual([
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
      { ports: [{ port, protocol: 'TCP' }] },
    ]);
  });

  it('gives the pod time for its delay, 8 s of requests and closing its files', () => {
    const { terminationGracePeriodSeconds, containers } = statefulSet(template({ shutdownDelaySeconds: 20 }))
      .template.spec;
    expect(containers[0].env).toContainEqual({ name: 'SHUTDOWN_DELAY', value: '20s' });
    expect(terminationGracePeriodSeconds).toBeGreaterThan(20 + 8 + 5);
  });

  it('restarts the pod when a variable or a rule of lineMapping changes', () => {
    const checksum = (values: object): unknown =>
      (statefulSet(template(values)).template.metadata as unknown as { annotations: Record<string, string> })
        .annotations['checksum/config'];
    expect(checksum({ config: { LOG_LEVEL: 'debug' } })).not.toBe(
      checksum({ config: { LOG_LEVEL: 'warn' } }),
    );
    expect(checksum({ lineMapping: POD.lineMapping })).not.toBe(checksum({}));
  });
});

describe('the plain manifests', () => {
  it('match the chart; otherwise run: npm run manifests', () => {
    expect(existsSync(MANIFESTS)).toBe(true);
    expect(readFileSync(MANIFESTS, 'utf8')).toBe(renderManifests());
  });

  it("are valid by Kubernetes' schemas", () => {
    expect(validate(parseManifests(readFileSync(MANIFESTS, 'utf8')))).toMatchObject({ code: 0 });
  });
});
