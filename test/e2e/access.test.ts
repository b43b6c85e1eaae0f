import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, keysCommand, makeKey, secretIn } from '../support/keys.js';
import { RawConnection, type RawResponse } from '../support/raw-connection.js';
import { rawGet } from '../support/raw-request.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };

/** What comes by another name, a proxy and a page. */
const FOREIGN: Record<string, string>[] = [
  { host: 'gateway.example' },
  { 'x-forwarded-for': '10.0.0.7' },
  { origin: 'null' },
];

const codeOf = async (response: Response): Promise<[number, string]> => [
  response.status,
  ((await response.json()) as { code?: string }).code ?? '',
];
const bearer = (key: string): RequestInit => ({ headers: { authorization: `Bearer ${key}` } });

it('shows the first key in full, also in a long compressed response', async () => {
  const gateway = await Gateway.start();
  const sensors = Array.from({ length: 200 }, (_, index) => `sensor_${index}`);
  const response = await gateway.post('/api/keys', { name: 'many', role: 'device', sensors });
  expect([response.status, response.headers.get('content-encoding')]).toEqual([201, 'gzip']);
  expect(await response.json()).toMatchObject({ sensors, key: expect.stringMatching(/^pxk_/) as string });
  await gateway.stop();
});

describe('a gateway without keys', () => {
  let gateway: Gateway;
  const statusFor = async (headers: Record<string, string>): Promise<number> =>
    (await rawGet(`${gateway.url}/api/latest`, headers)).status;

  describe('by default', () => {
    beforeAll(async () => {
      gateway = await Gateway.start({ CORS_ORIGINS: 'https://hall.example' });
    });
    afterAll(async () => {
      await gateway.stop();
    });

    it.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])('serves the Host %s', async (host) => {
      expect(await statusFor({ host })).toBe(200);
      expect(await statusFor({ host: `${host}:8000` })).toBe(200);
    });

    it.each<Record<string, string>>([
      { host: 'gateway.example' },
      { host: 'localhost.example' },
      { host: '10.0.0.1:8000' },
      { host: '127.0.0.1.example' },
      { 'x-forwarded-for': '10.0.0.7' },
      { 'x-forwarded-proto': 'https' },
      { forwarded: 'for=10.0.0.7' },
      { via: '1.1 proxy' },
      { 'x-real-ip': '10.0.0.7' },
      { 'x-client-ip': '10.0.0.7' },
      { 'x-cluster-client-ip': '10.0.0.7' },
      { 'true-client-ip': '10.0.0.7' },
      { 'cf-connecting-ip': '10.0.0.7' },
      { 'cdn-loop': 'cloudflare' },
      { 'fastly-client-ip': '10.0.0.7' },
      { 'fly-client-ip': '10.0.0.7' },
      { 'x-azure-clientip': '10.0.0.7' },
      { 'x-amz-cf-id': 'a' },
      { 'x-amzn-trace-id': 'Root=1' },
      { 'x-envoy-external-address': '10.0.0.7' },
      { 'x-original-host': 'gateway.example' },
      { 'tailscale-user-login': 'a@example.com' },
      { origin: 'https://elsewhere.example' },
      { origin: 'null' },
    ])('refuses requests through a proxy, from a web page or with another host name: %j', async (headers) => {
      const { status, body } = await rawGet(`${gateway.url}/api/latest`, headers);
      expect([status, JSON.parse(body)]).toEqual([
        403,
        expect.objectContaining({ code: 'LOCAL_ONLY', detail: expect.stringContaining('AUTH=off') }),
      ]);
    });

    const old = (path: string, headers = ''): Promise<RawResponse[]> =>
      new RawConnection(gateway.url).send(`GET ${path} HTTP/1.0\r\n${headers}\r\n`).ended();

    it.each(['', 'Host: 127.0.0.1\r\n'])(
      'refuses HTTP/1.0, which nginx uses by default, with %j',
      async (headers) => {
        expect(await old('/api/latest', headers)).toEqual([
          expect.objectContaining({ status: 403, body: expect.stringMatching(/"LOCAL_ONLY".*AUTH=off/) }),
        ]);
      },
    );

    it.each(['/api/health', '/api/health/ready', '/ping', '/health'])(
      'answers the probe %s over HTTP/1.0, with and without Host',
      async (path) => {
        for (const headers of ['', 'Host: 127.0.0.1\r\n'])
          expect((await old(path, headers))[0]?.status).toBeLessThan(300);
        expect((await old(path, 'Host: gateway.example\r\n'))[0]?.status).toBe(403);
      },
    );

    it.each([
      [
        'behind a thousand others',
        `Host: localhost\r\n${'A: b\r\n'.repeat(1_500)}X-Forwarded-For: 10.0.0.7\r\n`,
        '/api/latest',
      ],
      ['with a second Host', 'Host: localhost\r\nHost: elsewhere.example\r\n', '/api/latest'],
      ['with another host in its URL', 'Host: localhost\r\n', 'http://elsewhere.example/api/latest'],
    ])('refuses a request through a proxy, %s', async (_, headers, path) => {
      const request = `GET ${path} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`;
      expect(await new RawConnection(gateway.url).send(request).ended()).toEqual([
        expect.objectContaining({ status: 403, body: expect.stringContaining('"LOCAL_ONLY"') }),
      ]);
    });

    it('logs at startup that a proxy needs a key first', () => {
      expect(gateway.output).toContain('Make a key before you put a proxy in front');
    });

    it('serves its own pages and those of CORS_ORIGINS', async () => {
      const { host } = new URL(gateway.url);
      expect(await statusFor({ host, origin: `http://${host}` })).toBe(200);
      expect(await statusFor({ origin: 'https://hall.example' })).toBe(200);
    });

    it('accepts no reading from a web page of another origin', async () => {
      const response = await gateway.post('/api/ingest', READING, { origin: 'https://elsewhere.example' });
      expect(await codeOf(response)).toEqual([403, 'LOCAL_ONLY']);
      expect((await gateway.get('/api/latest/s')).status).toBe(404);
    });
  });

  it('ends streams without a key when the first key is created', async () => {
    const open = await Gateway.start();
    const stream = await open.get('/api/stream');
    expect(stream.status).toBe(200);
    const ended = stream.text().then(
      () => 'ended',
      () => 'ended',
    );
    const { key } = await makeKey(open, { name: 'first', role: 'admin' });
    expect(await ended).toBe('ended');
    expect((await open.get('/api/latest', bearer(key))).status).toBe(200);
    await open.stop();
  });

  it('serves everyone with AUTH=off', async () => {
    gateway = await Gateway.start({ AUTH: 'off', HOST: '0.0.0.0' });
    gateway.url = gateway.url.replace('0.0.0.0', '127.0.0.1');
    // Not every browser opens the address that means all.
    await gateway.waitForOutput(/curl -X POST http:\/\/127\.0\.0\.1:\d+\/api\/ingest/);
    for (const headers of FOREIGN) expect(await statusFor(headers)).toBe(200);
    const old = await new RawConnection(gateway.url).send('GET /api/latest HTTP/1.0\r\n\r\n').ended();
    expect(old[0]?.status).toBe(200);
    await gateway.stop();
  });

  it('does not start on a network, and names the two solutions', async () => {
    gateway = Gateway.launch({ HOST: '0.0.0.0' });
    expect((await gateway.exit()).code).toBe(1);
    expect(gateway.output).toContain('npm run keys -- create --name NAME --role admin');
    expect(gateway.output).toContain('AUTH=off');
  });

  it('starts on a network with an admin key from a file', async () => {
    const file = join(emptyFolder(), 'admin-key');
    writeFileSync(file, `${ADMIN_KEY}\n`);
    gateway = await Gateway.start({ HOST: '0.0.0.0', ADMIN_KEY_FILE: file });
    gateway.url = gateway.url.replace('0.0.0.0', '127.0.0.1');
    expect(await codeOf(await gateway.get('/api/latest'))).toEqual([401, 'KEY_REQUIRED']);
    expect((await gateway.get('/api/keys', bearer(ADMIN_KEY))).status).toBe(200);
    await gateway.stop();
    expect(gateway.output).not.toContain(ADMIN_KEY);
  });

  it('starts on a network once a key was created', async () => {
    const dataDir = emptyFolder();
    const { code, output } = await keysCommand(dataDir, 'create', '--name', 'A', '--role', 'admin');
    expect(code).toBe(0);
    gateway = await Gateway.start({ HOST: '0.0.0.0', DATA_DIR: dataDir });
    gateway.url = gateway.url.replace('0.0.0.0', '127.0.0.1');
    expect((await gateway.get('/api/latest')).status).toBe(401);
    expect((await gateway.get('/api/latest', bearer(secretIn(output)))).status).toBe(200);
    await gateway.stop();
  });
});

describe('a key', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({ ADMIN_KEY, LIMIT_WRONG_KEYS: '0' });
    gateway.key = ADMIN_KEY;
  });
  afterAll(async () => {
    await gateway.stop();
  });

  const remove = (id: string): Promise<Response> => gateway.get(`/api/keys/${id}`, { method: 'DELETE' });

  it('is accepted as Bearer, as Token and as X-API-Key, and never from the URL', async () => {
    const { key } = await makeKey(gateway, { name: 'ways', role: 'reader' });
    const ask = async (path: string, headers: Record<string, string>): Promise<number> =>
      (await fetch(gateway.url + path, { headers })).status;
    expect(await ask('/api/latest', { authorization: `Bearer ${key}` })).toBe(200);
    expect(await ask('/api/latest', { authorization: `Token ${key}` })).toBe(200);
    expect(await ask('/api/latest', { 'x-api-key': key })).toBe(200);
    for (const parameter of ['key', 'token', 'access_token', 'api_key'])
      expect(await ask(`/api/latest?${parameter}=${key}`, {})).toBe(401);
  });

  it('is shown once, and only its hash is stored', async () => {
    const { id, key } = await makeKey(gateway, { name: 'secret', role: 'device' });
    expect(key).toMatch(/^pxk_[\w-]{43}$/);
    const list = await (await gateway.get('/api/keys')).text();
    const log = await (await gateway.get('/api/logs')).text();
    expect(list).toContain(id);
    expect(log).toContain(`The key ${id} (secret, device) was made`);
    await until(() => {
      const files = ['keys.db', 'keys.db-wal'].map((name) => readFileSync(join(gateway.dataDir, name)));
      expect(files.some((bytes) => bytes.includes(key))).toBe(false);
      const hash = createHash('sha256').update(key).digest('hex');
      return files.some((bytes) => bytes.includes(hash)) ? true : undefined;
    }, 'the hash on disk');
    expect([list, log, gateway.output].filter((text) => text.includes(key))).toEqual([]);
  });

  it('is not created from invalid fields, and each one is named', async () => {
    const response = await gateway.post('/api/keys', {
      name: '',
      role: 'root',
      sensors: [],
      expiresAt: 'soon',
      readingsPerSecond: -1,
      secret: 'mine',
    });
    const { code, errors } = (await response.json()) as { code: string; errors: { path: string }[] };
    expect([response.status, code]).toEqual([400, 'INVALID_KEY']);
    expect(errors.map(({ path }) => path).sort()).toEqual([
      'expiresAt',
      'name',
      'readingsPerSecond',
      'role',
      'secret',
      'sensors',
    ]);
    const reader = await gateway.post('/api/keys', { name: 'r', role: 'reader', sensors: ['s'] });
    expect(await codeOf(reader)).toEqual([400, 'INVALID_KEY']);
  });

  it('limits a device to its sensors and zones, for each record', async () => {
    const bound = { name: 'pumps', role: 'device', sensors: ['pump_*', 'fan'], zones: ['hall'] };
    const { key } = await makeKey(gateway, bound);
    const authorization = { authorization: `Bearer ${key}` };
    const records = [
      { ...READING, sensorId: 'pump_1', zone: 'hall' },
      { ...READING, sensorId: 'pump_1', zone: 'yard' },
      { ...READING, sensorId: 'fan_2', zone: 'hall' },
      { ...READING, sensorId: 'fan', zone: 'hall' },
    ];
    const response = await gateway.post('/api/ingest/batch', records, authorization);
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        success: true,
        accepted: 2,
        refused: 2,
        errors: [
          expect.objectContaining({ index: 1, path: 'zone', code: 'SENSOR_NOT_ALLOWED' }),
          expect.objectContaining({
            index: 2,
            path: 'sensorId',
            message: 'sensorId must be one that the key allows (pump_*, fan), got "fan_2"',
          }),
        ],
      },
    ]);
    const lines = records.map(
      ({ sensorId, zone }) => `sensor_predictions,sensor_id=${sensorId},zone=${zone} value=1`,
    );
    const write = await gateway.post('/api/v2/write', lines.join('\n'), authorization);
    expect([write.status, await write.json()]).toEqual([
      422,
      {
        code: 'unprocessable entity',
        message: expect.stringMatching(/ 2 of 4 points .*fan_2.*\ndropped=2$/s),
      },
    ]);
  });

  it('has its own Idempotency-Keys', async () => {
    const devices = await Promise.all(
      ['one', 'two'].map((name) => makeKey(gateway, { name, role: 'device' })),
    );
    const send = async ({ key }: { key: string }, sensorId: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${key}`, 'idempotency-key': 'same' };
      return (await gateway.post('/api/ingest', { ...READING, sensorId }, headers)).json();
    };
    for (const device of devices)
      expect(await send(device, `of ${device.id}`)).toMatchObject({ sensorId: `of ${device.id}` });
  });

  it('stays valid beside the new one for the grace period of its rotation', async () => {
    const { id, key } = await makeKey(gateway, { name: 'turning', role: 'reader' });
    const rotated = await gateway.post(`/api/keys/${id}/rotate`, { graceSeconds: 1 });
    const { key: renewed } = (await rotated.json()) as { key: string };
    const status = async (one: string): Promise<number> =>
      (await gateway.get('/api/latest', bearer(one))).status;
    expect([await status(key), await status(renewed)]).toEqual([200, 200]);
    await until(async () => ((await status(key)) === 401 ? true : undefined), 'the end of the old secret');
    expect(await status(renewed)).toBe(200);
    expect(await codeOf(await gateway.get('/api/latest', bearer(key)))).toEqual([401, 'KEY_INVALID']);
  });

  it('is invalid once its revocation is answered, and its streams end', async () => {
    const { id, key } = await makeKey(gateway, { name: 'leaving', role: 'reader' });
    const stream = await gateway.get('/api/stream', bearer(key));
    expect(stream.status).toBe(200);
    const ended = stream.text().then(
      () => 'ended',
      () => 'ended',
    );
    expect((await remove(id)).status).toBe(204);
    expect(await codeOf(await gateway.get('/api/latest', bearer(key)))).toEqual([401, 'KEY_INVALID']);
    expect(await ended).toBe('ended');
    expect((await remove(id)).status).toBe(204);
    expect(await codeOf(await gateway.post(`/api/keys/${id}/rotate`, {}))).toEqual([409, 'KEY_REVOKED']);
  });

  it('ends its streams when it expires', async () => {
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    const { key } = await makeKey(gateway, { name: 'short', role: 'reader', expiresAt });
    const stream = await gateway.get('/api/stream', bearer(key));
    expect(stream.status).toBe(200);
    await stream.text().catch(() => undefined);
    expect(await codeOf(await gateway.get('/api/latest', bearer(key)))).toEqual([401, 'KEY_INVALID']);
  });

  it('shows when it was last used', async () => {
    const { id, key } = await makeKey(gateway, { name: 'used', role: 'reader' });
    const lastUsed = async (): Promise<string | undefined> =>
      ((await gateway.json('/api/keys')) as { id: string; lastUsedAt?: string }[]).find(
        (one) => one.id === id,
      )?.lastUsedAt;
    expect(await lastUsed()).toBeUndefined();
    const before = new Date().toISOString();
    await gateway.get('/api/latest', bearer(key));
    expect(((await lastUsed()) ?? '') >= before).toBe(true);
  });
});

describe('keys on the command line', () => {
  it('are created, listed, rotated and revoked while the gateway runs, which requires them at once', async () => {
    const gateway = await Gateway.start();
    const keys = (...args: string[]): ReturnType<typeof keysCommand> => keysCommand(gateway.dataDir, ...args);
    const status = async (key: string): Promise<number> =>
      (await gateway.get('/api/latest', bearer(key))).status;
    expect((await gateway.get('/api/latest')).status).toBe(200);

    const made = await keys('create', '--name', 'Wall screen', '--role', 'reader', '--expires', '1d');
    const id = /key_[0-9a-f]+/.exec(made.output)?.[0] ?? '';
    const key = secretIn(made.output);
    expect(made.code).toBe(0);
    expect(await codeOf(await gateway.get('/api/latest'))).toEqual([401, 'KEY_REQUIRED']);
    expect(await status(key)).toBe(200);

    const rotated = secretIn((await keys('rotate', id, '--grace', '0')).output);
    expect([await status(key), await status(rotated)]).toEqual([401, 200]);
    const list = (await keys('list')).output;
    expect(list).toMatch(new RegExp(`${id}\\s+Wall screen\\s+reader\\s+active`));
    expect(list).not.toContain('pxk_');

    expect((await keys('revoke', id)).code).toBe(0);
    expect(await status(rotated)).toBe(401);
    expect((await keys('list')).output).toMatch(new RegExp(`${id}.*revoked`));
    await gateway.stop();
  });

  it.each([
    [['create', '--name', 'x', '--role', 'root'], 'device, reader, admin'],
    [['create', '--name', 'x'], '--role'],
    [['create', '--name', 'x', '--role', 'reader', '--sensor', 's'], 'only for --role device'],
    [['create', '--name', 'x', '--role', 'reader', '--expires', 'soon'], '90d'],
    [['rotate', 'key_none'], 'There is no key key_none'],
    [['revoke', 'key_none'], 'There is no key key_none'],
  ])('say what is wrong with %j', async (args, what) => {
    const { code, output } = await keysCommand(emptyFolder(), ...args);
    expect(code).not.toBe(0);
    expect(output).toContain(what);
  });
});

describe('the key file', () => {
  const restart = async (gateway: Gateway, variables: Record<string, string> = {}): Promise<Gateway> => {
    const next = await Gateway.start({ DATA_DIR: gateway.dataDir, ...variables });
    next.key = ADMIN_KEY;
    return next;
  };
  const criticals = async (gateway: Gateway): Promise<string[]> => {
    const entries = (await gateway.json('/api/logs?type=critical')) as { message: string }[];
    return entries.map(({ message }) => message);
  };

  it('survives a kill right after the response, with created and revoked keys', async () => {
    let gateway = await Gateway.start({ ADMIN_KEY });
    gateway.key = ADMIN_KEY;
    const revoked = await makeKey(gateway, { name: 'revoked', role: 'reader' });
    await gateway.get(`/api/keys/${revoked.id}`, { method: 'DELETE' });
    const { key } = await makeKey(gateway, { name: 'kept', role: 'reader' });
    await gateway.stop('SIGKILL');
    gateway = await restart(gateway, { ADMIN_KEY });
    expect((await gateway.get('/api/latest', bearer(key))).status).toBe(200);
    expect((await gateway.get('/api/latest', bearer(revoked.key))).status).toBe(401);
    await gateway.stop();
  });

  it.each([
    ['damaged', (file: string) => writeFileSync(file, 'no database at all'.repeat(1_000)), 'was damaged'],
    ['missing', (file: string) => rmSync(file), 'is missing'],
  ])('still requires a key when it is %s', async (_, spoil, message) => {
    const first = await Gateway.start();
    const made = await keysCommand(first.dataDir, 'create', '--name', 'A', '--role', 'admin');
    await first.stop();
    for (const suffix of ['-wal', '-shm']) rmSync(join(first.dataDir, `keys.db${suffix}`), { force: true });
    spoil(join(first.dataDir, 'keys.db'));

    const second = await restart(first);
    second.key = '';
    expect(await codeOf(await second.get('/api/latest'))).toEqual([401, 'KEY_REQUIRED']);
    expect(await codeOf(await second.get('/api/latest', bearer(secretIn(made.output))))).toEqual([
      401,
      'KEY_INVALID',
    ]);
    await second.stop();

    const third = await restart(first, { ADMIN_KEY });
    expect((await third.get('/api/latest')).status).toBe(200);
    expect(await criticals(third)).toContainEqual(
      expect.stringMatching(new RegExp(`^keys\\.db ${message}.*key`)),
    );
    await third.stop();

    // Anyone on the machine can create new ones.
    const again = await keysCommand(first.dataDir, 'create', '--name', 'B', '--role', 'admin');
    const fourth = await restart(first);
    fourth.key = secretIn(again.output);
    expect((await fourth.get('/api/latest')).status).toBe(200);
    await fourth.stop();
  });

  it('rejects the key of a row in which one digit changed, and reports its id', async () => {
    const first = await Gateway.start({ ADMIN_KEY });
    first.key = ADMIN_KEY;
    const { id, key } = await makeKey(first, { name: 'reads', role: 'reader' });
    await first.stop();
    const db = new Database(join(first.dataDir, 'keys.db'));
    db.prepare(`UPDATE keys SET key = replace(key, '"role":"reader"', '"role":"admin"') WHERE id = ?`).run(
      id,
    );
    db.close();
    const second = await restart(first, { ADMIN_KEY });
    expect((await second.get('/api/keys', bearer(key))).status).toBe(401);
    expect(await criticals(second)).toContainEqual(expect.stringContaining(`The key ${id} is damaged`));
    await second.stop();
  });
});
