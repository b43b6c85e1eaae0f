import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { makeCertificate, writeCertificate } from '../support/certificate.js';
import { Child } from '../support/child.js';
import { emptyFolder, ROOT, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY } from '../support/keys.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };

/** The example for a proxy in docs/deployment.md. */
function example(language: string): string {
  const text = readFileSync(join(ROOT, 'docs', 'deployment.md'), 'utf8');
  return new RegExp('```' + language + '\n([^]*?)```').exec(text)?.[1] ?? '';
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs nginx in the foreground, with all its files in a folder of its own. */
function runNginx(http: string): Child {
  const folder = emptyFolder();
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr; events {}
     http { access_log off; ${paths.map((path) => `${path}_temp_path ${folder}/${path};`).join(' ')} ${http} }`,
  );
  return new Child('nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')]);
}

describe.each(['nginx', 'caddy'])('%s, as docs/deployment.md shows it', (name) => {
  let gateway: Gateway;
  let proxy: Child;
  let port: number;

  /** @returns the answer, with its body still to come */
  const open = (
    path: string,
    body?: Uint8Array,
    headers = {},
    localAddress = '127.0.0.1',
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request(
        {
          host: '127.0.0.1',
          port,
          path,
          method: body ? 'POST' : 'GET',
          headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json', ...headers },
          localAddress,
          rejectUnauthorized: false,
          agent: false,
        },
        resolve,
      )
        .on('error', reject)
        .end(body);
    });
  const ask = async (...args: Parameters<typeof open>): Promise<[number, string]> => {
    const answer = await open(...args);
    let text = '';
    for await (const piece of answer.setEncoding('utf8')) text += String(piece);
    return [answer.statusCode ?? 0, text];
  };

  beforeAll(async () => {
    gateway = await Gateway.start({ ADMIN_KEY, TRUSTED_PROXIES: '127.0.0.1', LIMIT_ADDRESS_REQUESTS: '40' });
    const files = writeCertificate(await makeCertificate());
    port = await freePort();
    const config = example(name)
      .replace('/etc/ssl/gateway.crt', files.TLS_CERT)
      .replace('/etc/ssl/gateway.key', files.TLS_KEY)
      .replace('127.0.0.1:8000', new URL(gateway.url).host);
    if (name === 'nginx') {
      proxy = runNginx(config.replace('443', String(port)));
    } else {
      const file = join(emptyFolder(), 'Caddyfile');
      const site = config.replace('gateway.example', `https://127.0.0.1:${port}`);
      writeFileSync(file, `{\nadmin off\nauto_https disable_redirects\ngrace_period 1s\n}\n${site}`);
      proxy = new Child('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], {
        HOME: emptyFolder(),
      });
    }
    await until(() => ask('/api/health').catch(() => undefined), `${name}:\n${proxy.output}`);
  });
  afterAll(async () => {
    await proxy.kill('SIGTERM');
    await gateway.stop();
  });

  it('lets readings, batches, gzip and large bodies pass', async () => {
    const one = Buffer.from(JSON.stringify(READING));
    const batch = Buffer.from(JSON.stringify(Array.from({ length: 10_000 }, () => READING)));
    expect((await ask('/api/ingest', one))[0]).toBe(201);
    expect((await ask('/api/ingest/batch', batch))[0]).toBe(200);
    expect((await ask('/api/ingest/batch', gzipSync(batch), { 'content-encoding': 'gzip' }))[0]).toBe(200);
    const large = Buffer.concat([batch, Buffer.alloc(7_000_000, ' ')]);
    expect((await ask('/api/ingest/batch', large))[0]).toBe(200);
  });

  it('serves the dashboard, and passes new stream messages on at once', async () => {
    const page = await ask('/', undefined, { accept: 'text/html' });
    expect(page).toEqual([200, expect.stringContaining('<html')]);
    const stream = await open('/api/stream?sensorId=live');
    let text = '';
    stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    await ask('/api/ingest', Buffer.from(JSON.stringify({ ...READING, sensorId: 'live' })));
    await until(() => (text.includes('event: reading') ? true : undefined), 'the event', 3_000);
    stream.destroy();
  });

  it('lets limits count each client by its own IP address, whatever headers it sends', async () => {
    const forged = { 'x-forwarded-for': '10.9.8.7' };
    const answers = await Promise.all(
      Array.from({ length: 90 }, () => ask('/api/latest', undefined, forged, '127.0.0.3')),
    );
    expect(answers.some(([status]) => status === 429)).toBe(true);
    expect((await ask('/api/latest', undefined, {}, '127.0.0.4'))[0]).toBe(200);
  });
});

it('nginx with proxy_pass alone does not open a gateway without keys', async () => {
  const gateway = await Gateway.start();
  const port = await freePort();
  const { host } = new URL(gateway.url);
  const proxy = runNginx(`server { listen 127.0.0.1:${port}; location / { proxy_pass http://${host}; } }`);
  const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
  await until(() => ask('/api/health').catch(() => undefined), 'nginx');
  const response = await ask('/api/keys');
  expect([response.status, await response.json()]).toEqual([
    403,
    expect.objectContaining({ code: 'LOCAL_ONLY' }),
  ]);
  expect((await ask('/api/health')).status).toBe(200);
  await proxy.kill('SIGTERM');
  await gateway.stop();
});
