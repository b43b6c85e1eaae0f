import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Gateway } from '../support/gateway.js';

/** A reverse proxy that has the gateway below a path, and removes that path. */
class Proxy {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(gateway: Gateway, prefix: string, headers: Record<string, string>): Promise<Proxy> {
    const server = createServer((incoming, outgoing) => {
      const { method, headers: sent, url = '' } = incoming;
      if (!url.startsWith(`${prefix}/`)) {
        outgoing.writeHead(404).end();
        return;
      }
      const options = { method, headers: { ...sent, ...headers } };
      const forwarded = request(`${gateway.url}${url.slice(prefix.length)}`, options, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(forwarded);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new Proxy(server, `http://127.0.0.1:${port}${prefix}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

const READINGS = Array.from({ length: 3 }, (_, index) => ({
  sensorId: 's',
  zone: 'z',
  value: index,
  latencyMs: 1,
  timestamp: new Date(Date.UTC(2026, 0, 30, 12, 0, index)).toISOString(),
}));
const RANGE = 'from=2026-01-30T12:00:00Z&to=2026-01-30T13:00:00Z';

const nextOf = (response: Response): string =>
  /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1] ?? '';
const serversOf = async (url: string, headers = {}): Promise<unknown> =>
  ((await (await fetch(`${url}/api/openapi.json`, { headers })).json()) as { servers: unknown }).servers;

describe.each([
  ['X-Forwarded-Prefix of a trusted proxy', { TRUSTED_PROXIES: '10.0.0.0/8,127.0.0.0/8' }, '/halls/north'],
  [
    'PUBLIC_URL',
    { PUBLIC_URL: 'https://gateway.example/halls/north/' },
    'https://gateway.example/halls/north',
  ],
])('below a path, with %s', (_name, variables, server) => {
  let gateway: Gateway;
  let proxy: Proxy;

  beforeAll(async () => {
    gateway = await Gateway.start({ AUTH: 'off', ...variables });
    proxy = await Proxy.start(gateway, '/halls/north', {
      'x-forwarded-prefix': '/halls/north',
      'x-forwarded-host': 'gateway.example',
      'x-forwarded-proto': 'https',
    });
    expect((await gateway.post('/api/ingest/batch', READINGS)).status).toBe(200);
    await gateway.settled();
  });
  afterAll(async () => {
    await proxy.stop();
    await gateway.stop();
  });

  it('links lead to the next page', async () => {
    for (const path of [
      `readings/s?${RANGE}&limit=2`,
      `readings/s?${RANGE}&every=1s&limit=1`,
      'logs?limit=1',
    ]) {
      const url = `${proxy.url}/api/${path}`;
      const next = new URL(nextOf(await fetch(url)), url);
      expect(next.pathname).toMatch(/^\/halls\/north\/api\//);
      expect((await fetch(next)).status).toBe(200);
    }
  });

  it('the answer at / links to its routes', async () => {
    const { links } = (await (await fetch(`${proxy.url}/`)).json()) as { links: Record<string, string> };
    expect(links).toMatchObject({ docs: '/halls/north/api/docs', metrics: '/halls/north/metrics' });
    expect((await fetch(new URL(links.pipeline ?? '', proxy.url))).status).toBe(200);
  });

  it('devices are told the URL of the proxy', async () => {
    expect(await (await fetch(`${proxy.url}/api/about`)).json()).toMatchObject({
      isLoopbackOnly: false,
      urls: ['https://gateway.example/halls/north'],
    });
  });

  it('the description names the server, and its page finds its files', async () => {
    expect(await serversOf(proxy.url)).toEqual([{ url: server }]);
    const page = `${proxy.url}/api/docs`;
    const html = await (await fetch(page)).text();
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, file = '']) => new URL(file, page).href,
    );
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect([file, (await fetch(file)).status]).toEqual([file, 200]);
  });

  it('the page finds its files', async () => {
    const page = `${proxy.url}/`;
    const html = await (await fetch(page, { headers: { accept: 'text/html' } })).text();
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, file = '']) => new URL(file, page).href,
    );
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect([file, (await fetch(file)).status]).toEqual([file, 200]);
  });
});

describe('X-Forwarded-Prefix', () => {
  it.each([
    ['without TRUSTED_PROXIES', '', ['/evil']],
    [
      'that is no path',
      '127.0.0.1',
      [
        '//evil.example',
        'https://evil.example',
        '/a>; rel="next", <b',
        '/a, /b',
        '/%2e',
        '/a/../b',
        '/.',
        'evil',
        '',
      ],
    ],
  ])('%s is ignored', async (_name, trusted, prefixes) => {
    const gateway = await Gateway.start({ AUTH: 'off', TRUSTED_PROXIES: trusted });
    await gateway.post('/api/ingest/batch', READINGS);
    await gateway.settled();
    for (const prefix of prefixes) {
      const headers = { 'x-forwarded-prefix': prefix };
      const link = nextOf(await gateway.get(`/api/readings/s?${RANGE}&limit=2`, { headers }));
      expect(link).toMatch(/^\/api\/readings\/s\?/);
      expect(await serversOf(gateway.url, headers)).toEqual([]);
    }
    await gateway.stop();
  });
});

describe('X-Forwarded-Host', () => {
  it.each([
    ['without TRUSTED_PROXIES', '', { host: 'gateway.example', proto: 'https' }],
    ['that is no host', '127.0.0.1', { host: 'evil.example/x?', proto: 'https' }],
    ['that is a list', '127.0.0.1', { host: 'evil.example, gateway.example', proto: 'https' }],
    ['with another scheme', '127.0.0.1', { host: 'gateway.example', proto: 'javascript' }],
  ])('%s is ignored', async (_name, trusted, { host, proto }) => {
    const gateway = await Gateway.start({ AUTH: 'off', TRUSTED_PROXIES: trusted });
    const headers = { 'x-forwarded-host': host, 'x-forwarded-proto': proto, 'x-forwarded-prefix': '/evil' };
    const about = await (await gateway.get('/api/about', { headers })).json();
    expect(about).toMatchObject({ isLoopbackOnly: true, urls: [gateway.url] });
    await gateway.stop();
  });
});

it.each([
  'example.com/x',
  'ftp://example.com',
  'https://user:secret@example.com/',
  'https://example.com/?a=b',
  'https://example.com//other.example/x',
  '/x',
])('PUBLIC_URL must not be %s', async (value) => {
  const gateway = Gateway.launch({ PUBLIC_URL: value });
  expect((await gateway.exit()).code).toBe(1);
  expect(gateway.output).toContain('PUBLIC_URL must be an http or https URL such as https://');
  expect(gateway.output).not.toContain('secret');
});
