import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

import { makeCertificate, writeCertificate } from '../support/certificate.js';
import { emptyFolder, ROOT, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { RawConnection } from '../support/raw-connection.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const NO_STORE = { INFLUXDB_URL: 'http://127.0.0.1:9', INFLUXDB_TOKEN: 't', INFLUXDB_ORG: 'o' };

/** A connection of bytes, and all that came back over it. */
class Line {
  received = '';
  readonly closed: Promise<void>;
  private readonly socket: Socket;

  constructor(url: string) {
    this.socket = connect(Number(new URL(url).port), '127.0.0.1');
    this.socket.setEncoding('utf8').on('data', (text: string) => (this.received += text));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  send(text: string): void {
    this.socket.write(text);
  }
}

describe('while a large journal recovers', () => {
  it('probes are answered, and all other requests get 503 with Retry-After', async () => {
    const first = await Gateway.start(NO_STORE);
    const batch = Array.from({ length: 10_000 }, (_, index) => ({ ...READING, sensorId: `s${index % 500}` }));
    for (let count = 0; count < 40; count += 1) await first.post('/api/ingest/batch', batch);
    await first.stop('SIGKILL');

    const port = new URL(first.url).port;
    const second = Gateway.launch({ ...NO_STORE, DATA_DIR: first.dataDir, PORT: port });
    second.url = first.url;
    const ask = async (path: string, init?: RequestInit): Promise<[number, string]> => {
      const response = await fetch(second.url + path, init);
      return [response.status, await response.text()];
    };
    await until(() => ask('/api/health/live').catch(() => undefined), 'an answer');
    const reading = {
      method: 'POST',
      body: JSON.stringify(READING),
      headers: { 'content-type': 'application/json' },
    };
    expect(await ask('/api/health')).toEqual([200, '{"status":"ok"}']);
    expect((await ask('/api/health/live'))[0]).toBe(200);
    expect((await ask('/api/health/ready'))[0]).toBe(503);
    expect(JSON.parse((await ask('/api/health/startup'))[1])).toMatchObject({
      status: 'error',
      error: { gateway: { status: 'down' } },
    });
    expect(JSON.parse((await ask('/api/ingest', reading))[1])).toMatchObject({ code: 'STARTING' });
    expect((await ask('/api/v2/write', { method: 'POST', body: 'x' }))[1]).toContain('"code":"unavailable"');

    const raw = `POST /api/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}`;
    const refused = { status: 503, connection: 'close', body: expect.stringContaining('"STARTING"') };
    expect(await new RawConnection(second.url).send(`${raw}\0`).ended()).toEqual([refused]);
    const [noHttp] = await new RawConnection(second.url).send(raw.toLowerCase()).ended();
    expect(noHttp?.body).toContain('capital letters');

    await until(async () => ((await ask('/api/health/startup'))[0] === 200 ? true : undefined), 'the start');
    expect((await ask('/api/health/ready'))[0]).toBe(200);
    expect((await second.pipeline()).accepted).toBe(400_000);
    expect((await ask('/api/ingest', reading))[0]).toBe(201);
    await second.stop();
  });
});

describe('HTTPS', () => {
  /** @returns the status, and the fingerprint of the certificate that was shown */
  const ask = (url: string): Promise<[number, string]> =>
    new Promise((resolve, reject) => {
      get(`${url}/api/health`, { agent: false, rejectUnauthorized: false }, (response) => {
        const { socket } = response as unknown as { socket: TLSSocket };
        const { fingerprint256 } = socket.getPeerCertificate();
        response.resume().once('end', () => resolve([response.statusCode ?? 0, fingerprint256]));
      }).on('error', reject);
    });

  it('is served, and a replaced certificate is used without a restart', async () => {
    const files = writeCertificate(await makeCertificate());
    const gateway = await Gateway.start({ ...files });
    expect(gateway.url).toMatch(/^https:/);
    const [status, before] = await ask(gateway.url);
    expect(status).toBe(200);
    expect((await fetch(gateway.url.replace('https', 'http'))).status).toBe(400);

    writeFileSync(files.TLS_KEY, 'no key');
    await gateway.waitForOutput(/cannot be used, the old one stays/);
    expect(await ask(gateway.url)).toEqual([200, before]);

    writeCertificate(await makeCertificate(), files);
    await gateway.waitForOutput(/has changed; the new one is in use/);
    const [again, after] = await ask(gateway.url);
    expect([again, after === before]).toEqual([200, false]);
    expect(gateway.output).not.toContain(readFileSync(files.TLS_KEY, 'utf8').slice(30, 60));
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
  });

  it('does not start with files that are not a certificate and its key, and says so', async () => {
    const { cert } = await makeCertificate();
    const { key } = await makeCertificate();
    const folder = emptyFolder();
    for (const [variables, what] of [
      [writeCertificate({ cert, key }), 'TLS_CERT'],
      [{ TLS_CERT: join(folder, 'none'), TLS_KEY: join(folder, 'none') }, 'ENOENT'],
      [{ TLS_CERT: join(folder, 'none') }, 'TLS_KEY must be set when TLS_CERT is'],
    ] as const) {
      const gateway = Gateway.launch({ ...variables });
      expect((await gateway.exit()).code).toBe(1);
      expect(gateway.output).toContain(what);
    }
  });
});

describe('connections', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({ HEADERS_TIMEOUT: '1s', REQUEST_TIMEOUT: '3s', MAX_CONNECTIONS: '20' });
  });
  afterAll(async () => {
    await gateway.stop();
  });

  it.each([
    ['says nothing', ''],
    ['never ends its headers', 'POST /api/ingest HTTP/1.1\r\nHost: localhost\r\n'],
    [
      'never ends its body',
      'POST /api/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{',
    ],
  ])('of a client that %s end with 408', async (_, text) => {
    const line = new Line(gateway.url);
    if (text !== '') line.send(text);
    await line.closed;
    expect(line.received).toMatch(/^HTTP\/1\.1 408 /);
    expect(line.received).toContain('"code":"REQUEST_TIMEOUT"');
  });

  it('beyond MAX_CONNECTIONS are closed, and the others stay open', async () => {
    const lines = Array.from({ length: 20 }, () => new Line(gateway.url));
    const last = lines.at(-1);
    for (const line of lines) line.send('GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(
      () => (lines.every(({ received }) => received.includes('200 OK')) ? true : undefined),
      'all streams',
    );
    const one = new Line(gateway.url);
    await one.closed;
    expect(one.received).toBe('');
    await gateway.waitForOutput(/MAX_CONNECTIONS/);
    expect(last?.received).toContain('200 OK');
  });
});

it('1,000 streams from one IP address work, and receive new readings', async () => {
  const gateway = await Gateway.start();
  const lines = Array.from({ length: 1_000 }, () => new Line(gateway.url));
  for (const line of lines) line.send('GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const all = (text: string): Promise<true> =>
    until(() => (lines.every(({ received }) => received.includes(text)) ? true : undefined), text);
  await all('200 OK');
  expect((await gateway.post('/api/ingest', READING)).status).toBe(201);
  await all('event: reading');
  expect(await gateway.stop()).toEqual({ code: 0, signal: null });
});

it('a gateway whose journal thread dies exits with a code other than 0', async () => {
  const gateway = await Gateway.start({
    NODE_OPTIONS: `--require ${join(ROOT, 'test', 'support', 'end-journal-thread.cjs')}`,
  });
  expect((await gateway.exit()).code).toBe(1);
  expect(gateway.output).toContain('ended by itself with code 7');
});
