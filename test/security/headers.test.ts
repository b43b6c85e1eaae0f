import { Gateway } from '../support/gateway.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const PAGE = 'https://hall.example';
const BROWSER = { accept: 'text/html' };
/** Headers that mean something on documents only. */
const OF_DOCUMENTS = [
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'origin-agent-cluster',
  'referrer-policy',
  'x-dns-prefetch-control',
  'x-download-options',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
  'x-xss-protection',
];

describe('headers of answers', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({ CORS_ORIGINS: PAGE });
    await gateway.post('/api/ingest', READING);
  });
  afterAll(async () => {
    await gateway.stop();
  });

  /** Without those of Node's own for the connection. */
  const namesOf = ({ headers }: Response): string[] =>
    [...headers.keys()].filter((name) => name !== 'connection' && name !== 'keep-alive').sort();
  const varyOf = ({ headers }: Response): string[] => (headers.get('vary') ?? '').split(', ').sort();

  it.each(['/', '/api/docs'])('protect the document %s', async (path) => {
    const { headers } = await gateway.get(path, { headers: BROWSER });
    expect(OF_DOCUMENTS.filter((name) => !headers.has(name))).toEqual([]);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('are few on data: its type is final, and nothing keeps it', async () => {
    const answers = [
      await gateway.post('/api/ingest', READING),
      await gateway.post('/api/ingest', { ...READING, value: 'x' }),
      await gateway.get('/api/latest/s'),
      await gateway.get('/api/latest/s', { method: 'HEAD' }),
      await gateway.get('/no/such/route'),
      await gateway.get('/api/health'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 400, 200, 200, 404, 200]);
    for (const answer of answers) {
      expect(namesOf(answer)).toEqual([
        'cache-control',
        'content-length',
        'content-type',
        'date',
        'x-content-type-options',
        'x-request-id',
      ]);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('of CORS go only to the pages that are listed', async () => {
    const listed = await gateway.get('/api/latest/s', { headers: { origin: PAGE } });
    expect(listed.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(varyOf(listed)).toEqual(['Origin']);
    const other = await gateway.get('/api/latest/s', { headers: { origin: 'https://elsewhere.example' } });
    const preflight = await gateway.get('/api/latest/s', {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' },
    });
    for (const { headers } of [other, preflight])
      expect([
        headers.get('access-control-allow-origin'),
        headers.get('access-control-expose-headers'),
      ]).toEqual([null, null]);
  });

  it('tell caches of all that an answer which they may keep depends on', async () => {
    for (const origin of [undefined, PAGE, 'https://elsewhere.example']) {
      const headers: Record<string, string> = origin === undefined ? {} : { origin };
      const isRefused = origin === 'https://elsewhere.example';
      const list = await gateway.get('/api/latest', { headers });
      expect(varyOf(list)).toEqual(isRefused ? ['Origin'] : ['Origin', 'accept-encoding']);
      const page = await gateway.get('/', { headers: { ...BROWSER, ...headers } });
      expect(varyOf(page)).toEqual(expect.arrayContaining(isRefused ? ['Origin'] : ['Accept', 'Origin']));
    }
  });
});
