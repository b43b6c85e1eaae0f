import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

interface LogEntry {
  readonly time: string;
  readonly message: string;
  readonly type: string;
}

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };

async function logs(gateway: Gateway): Promise<LogEntry[]> {
  return (await gateway.json('/api/logs')) as LogEntry[];
}

/** What a start says about where data live. */
async function yourData(gateway: Gateway): Promise<string | undefined> {
  return (await gateway.waitForOutput(/"Your data: ([^"]+)"/))[1];
}

describe('a gateway', () => {
  describe('that just started', () => {
    let gateway: Gateway;

    beforeAll(async () => {
      gateway = await Gateway.start();
    });
    afterAll(async () => {
      await gateway.stop();
    });

    it('says at / what it is and where to go', async () => {
      expect(await gateway.json('/')).toEqual({
        name: 'predictionx',
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        links: expect.objectContaining({ docs: '/api/docs', health: '/api/health', ingest: '/api/ingest' }),
      });
    });

    it('is healthy, live, ready and started', async () => {
      const health = await gateway.get('/api/health');
      expect([health.status, await health.text()]).toEqual([200, '{"status":"ok"}']);
      for (const probe of ['live', 'ready', 'startup']) {
        const response = await gateway.get(`/api/health/${probe}`);
        expect([response.status, await response.json()]).toEqual([
          200,
          expect.objectContaining({
            status: 'ok',
            info: expect.any(Object),
            error: {},
            details: expect.any(Object),
          }),
        ]);
      }
    });

    it('shows its API as a page', async () => {
      const page = await gateway.get('/api/docs');
      expect([page.status, page.headers.get('content-type')]).toEqual([
        200,
        expect.stringContaining('text/html'),
      ]);
      expect((await gateway.get('/api/docs/swagger-ui-bundle.js')).status).toBe(200);
    });
  });

  it('lets the web pages of CORS_ORIGINS call it, and no others', async () => {
    const gateway = await Gateway.start({ CORS_ORIGINS: 'https://hall.example, http://localhost:5173' });
    const allowed = async (origin: string): Promise<string | null> =>
      (await gateway.get('/api/health', { headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await allowed('https://hall.example')).toBe('https://hall.example');
    expect(await allowed('http://localhost:5173')).toBe('http://localhost:5173');
    for (const [path, method] of [
      ['/api/rules/x', 'DELETE'],
      ['/api/ingest', 'POST'],
    ] as const) {
      const preflight = await gateway.get(path, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://hall.example',
          'access-control-request-method': method,
          'access-control-request-headers': 'authorization',
        },
      });
      expect([
        preflight.status,
        preflight.headers.get('access-control-allow-methods'),
        preflight.headers.get('access-control-allow-headers'),
      ]).toEqual([204, 'GET, HEAD, POST, PUT, DELETE', 'authorization']);
    }
    expect(await allowed('https://elsewhere.example')).toBeNull();
    await gateway.stop();
  });

  it('keeps readings and the system log across a clean restart, and says where they are', async () => {
    const first = await Gateway.start();
    await first.post('/api/ingest', READING);
    expect(await yourData(first)).toBe(
      `the embedded store in ${first.dataDir}, which had no data: the gateway begins with nothing. If you expected data, check DATA_DIR, and that its disk is mounted`,
    );
    await first.settled();
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    const second = await Gateway.start({ DATA_DIR: first.dataDir });
    expect(await yourData(second)).toBe(
      `the embedded store in ${first.dataDir}; 1 sensor, 1 reading stored so far`,
    );
    expect(await second.json('/api/latest/s')).toMatchObject({ value: 1, found: true });
    expect((await logs(second)).map(({ message, type }) => [type, message])).toEqual([
      ['normal', 'The gateway started; readings go to the embedded store'],
      ['normal', 'The gateway stopped'],
      ['normal', 'The gateway started; readings go to the embedded store'],
    ]);
    await second.stop();
  });

  it('keeps every acknowledged reading when it is killed, and says that it was', async () => {
    const first = await Gateway.start();
    const acknowledged: string[] = [];
    const sending = Array.from({ length: 20 }, async () => {
      for (;;) {
        const response = await first.post('/api/ingest', READING).catch(() => undefined);
        const answer = (await response?.json().catch(() => undefined)) as { timestamp: string } | undefined;
        if (!answer) return;
        acknowledged.push(answer.timestamp);
      }
    });
    await until(() => (acknowledged.length > 500 ? true : undefined), '500 acknowledged readings');
    await first.stop('SIGKILL');
    await Promise.all(sending);

    const second = await Gateway.start({ DATA_DIR: first.dataDir });
    await second.settled();
    const stored = new Set<string>();
    for (let path: string | undefined = '/api/readings/s?limit=10000'; path !== undefined;) {
      const response = await second.get(path);
      for (const { timestamp } of (await response.json()) as { timestamp: string }[]) stored.add(timestamp);
      [, path] = /<(.*)>/.exec(response.headers.get('link') ?? '') ?? [];
    }
    expect(acknowledged.filter((timestamp) => !stored.has(timestamp))).toEqual([]);
    expect((await logs(second))[1]).toMatchObject({
      type: 'anomaly',
      message: expect.stringContaining('did not shut down cleanly'),
    });
    const { timestamp } = (await (await second.post('/api/ingest', READING)).json()) as { timestamp: string };
    expect(acknowledged.every((earlier) => earlier < timestamp)).toBe(true);
    await second.stop();
  });

  it('pages through the system log, newest first', async () => {
    const gateway = await Gateway.start();
    await gateway.stop();
    const second = await Gateway.start({ DATA_DIR: gateway.dataDir });
    const seen: LogEntry[] = [];
    for (let path: string | undefined = '/api/logs?limit=1'; path !== undefined;) {
      const response = await second.get(path);
      seen.push(...((await response.json()) as LogEntry[]));
      [, path] = /<(.*)>/.exec(response.headers.get('link') ?? '') ?? [];
    }
    expect(seen).toEqual(await logs(second));
    expect(seen).toHaveLength(3);
    expect(Object.keys(seen[0] ?? {})).toEqual(['id', 'time', 'type', 'message']);
    await second.stop();
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('answers requests in flight on %s', async (signal) => {
    const gateway = await Gateway.start();
    const answers = Array.from({ length: 100 }, () => gateway.post('/api/ingest', READING));
    await answers[0];
    const exit = gateway.stop(signal);
    const outcomes = await Promise.allSettled(answers);
    expect(await exit).toEqual({ code: 0, signal: null });
    const statuses = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value.status] : [],
    );
    expect(new Set(statuses)).toEqual(new Set([201]));
  });

  it('stops with a clear message when another gateway uses its DATA_DIR', async () => {
    const first = await Gateway.start();
    const second = Gateway.launch({ DATA_DIR: first.dataDir });
    expect((await second.exit()).code).toBe(1);
    expect(second.output).toContain(`DATA_DIR ${first.dataDir} is in use by another gateway (process `);
    expect(second.output).not.toContain(' at ');
    expect(await first.json('/api/health')).toEqual({ status: 'ok' });
    await first.stop();
  });

  it('stops with a clear message when its port is taken, and does not call that unclean', async () => {
    const first = await Gateway.start();
    const { port } = new URL(first.url);
    const second = Gateway.launch({ PORT: port });
    expect((await second.exit()).code).toBe(1);
    expect(second.output).toContain(`Cannot listen on HOST 127.0.0.1, PORT ${port}`);
    await first.stop();
    const third = await Gateway.start({ DATA_DIR: second.dataDir });
    expect((await logs(third)).filter(({ type }) => type !== 'normal')).toEqual([]);
    await third.stop();
  });

  it('gives latest from memory right after kill -9 and a restart', async () => {
    const first = await Gateway.start();
    await first.post('/api/ingest', { ...READING, value: 2, timestamp: '2026-01-30T12:00:02Z' });
    await first.post('/api/ingest', { ...READING, value: 1, timestamp: '2026-01-30T12:00:01Z' });
    await first.stop('SIGKILL');
    const second = await Gateway.start({ DATA_DIR: first.dataDir });
    expect(await second.json('/api/latest/s')).toEqual({
      ...READING,
      value: 2,
      timestamp: '2026-01-30T12:00:02Z',
      found: true,
    });
    await second.stop();
  });
});

describe('configuration', () => {
  it('lists every wrong variable in one message, without secrets, and ends with a code other than 0', async () => {
    const gateway = Gateway.launch({
      INFLUXDB_URL: 'http://user:sesame@localhost:8086',
      PORT: 'http',
      CORS_ORIGINS: 'localhost',
      BODY_MAX_BYTES: 'many',
      MAX_FUTURE: 'long',
      MIN_TIMESTAMP: '2026-02-30T00:00:00Z',
      LOG_LEVEL: 'loud',
    });
    expect((await gateway.exit()).code).toBe(1);
    const messages = gateway.output.trim().split('\n');
    expect(messages).toHaveLength(1);
    for (const name of [
      'INFLUXDB_URL',
      'INFLUXDB_TOKEN',
      'INFLUXDB_ORG',
      'PORT',
      'CORS_ORIGINS',
      'BODY_MAX_BYTES',
      'MAX_FUTURE',
      'MIN_TIMESTAMP',
      'LOG_LEVEL',
    ]) {
      expect(messages[0]).toContain(`- ${name} must be`);
    }
    expect(gateway.output).not.toContain('sesame');
  });

  it('reads .env, which the environment overrides', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, '.env'), 'BODY_MAX_BYTES=2048\nMAX_FUTURE=1h\n');
    const main = join(import.meta.dirname, '..', '..', 'dist', 'main.js');
    const gateway = await Gateway.start({ MAX_FUTURE: '2h' }, [
      'sh',
      '-c',
      `cd '${folder}' && exec node '${main}'`,
    ]);
    const response = await gateway.post('/api/ingest', 'x'.repeat(2049));
    expect(await response.json()).toMatchObject({ detail: 'The body must be at most 2048 bytes long' });
    const late = await gateway.post('/api/ingest', { ...READING, timestamp: Date.now() + 5_400_000 });
    expect(late.status).toBe(201);
    await gateway.stop();
  });

  it('never prints the token', async () => {
    const server = createServer((request, response) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ code: 'unauthorized', message: `no: ${String(request.headers.authorization)}` }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const token = 'top-secret-token';
    const dataDir = join(emptyFolder(), 'new');
    const gateway = await Gateway.start({
      DATA_DIR: dataDir,
      INFLUXDB_URL: `http://127.0.0.1:${port}/?token=${token}`,
      INFLUXDB_TOKEN: token,
      INFLUXDB_ORG: 'o',
      LOG_LEVEL: 'trace',
    });
    expect(await yourData(gateway)).toMatch(
      `bucket predictiox of InfluxDB at http://127.0.0.1:${port}, and ${dataDir}, which did not exist: `,
    );
    await until(
      async () => ((await logs(gateway)).some(({ type }) => type === 'critical') ? true : undefined),
      'the refusal',
    );
    const response = await gateway.get('/api/readings/s');
    const bodies = [
      await response.text(),
      ...(await Promise.all(
        ['/api/logs', '/api/latest/s', '/api/health/ready', '/api/pipeline', '/'].map(async (path) =>
          (await gateway.get(path)).text(),
        ),
      )),
    ];
    expect(response.status).toBe(503);
    await gateway.stop();
    server.close();
    expect([...bodies, gateway.output].filter((text) => text.includes(token))).toEqual([]);
  });

  it('keeps its folder private: it closes new files to others, and open ones with a warning', async () => {
    const dataDir = join(emptyFolder(), 'data');
    /** The files below, and the folder itself, that others may do anything with. */
    const openToOthers = (): string[] =>
      ['.', ...readdirSync(dataDir, { recursive: true, encoding: 'utf8' })].filter(
        // The gateway may delete a segment of the journal meanwhile.
        (name) => ((statSync(join(dataDir, name), { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0,
      );
    const first = await Gateway.start({ DATA_DIR: dataDir });
    await first.post('/api/ingest', READING);
    await first.settled();
    expect(readdirSync(dataDir)).toEqual(expect.arrayContaining(['journal', 'state.db-wal', 'readings.db']));
    expect(openToOthers()).toEqual([]);
    await first.stop('SIGKILL');
    for (const [name, mode] of [
      ['.', 0o755],
      ['journal', 0o755],
      ['state.db', 0o644],
    ] as const)
      chmodSync(join(dataDir, name), mode);
    const second = await Gateway.start({ DATA_DIR: dataDir });
    expect(openToOthers()).toEqual([]);
    expect(
      second.output.match(/Other users of this machine could reach[^"]*state\.db \(0644\)/g),
    ).toHaveLength(1);
    await second.stop();
  });
});
