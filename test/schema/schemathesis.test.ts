import { BadServer, wellBehaved } from '../support/bad-server.js';
import { Gateway } from '../support/gateway.js';
import { fuzz } from './schemathesis.js';

const ADMIN_KEY = 'admin-of-the-schema-tests-0123456789';
/** No timestamp is too old or too far ahead: the OpenAPI document cannot depend on the time. */
const ANY_TIME = { MIN_TIMESTAMP: '1684-01-01T00:00:00Z', MAX_FUTURE: '20000w' };
const PROTECTED = { ...ANY_TIME, ADMIN_KEY, LIMIT_WRONG_KEYS: '0' };
const TIMEOUT_MS = 60 * 60_000;

/** A key in a header, as Schemathesis takes it. */
function bearing(key: string): string[] {
  return ['--header', `Authorization: Bearer ${key}`];
}

/** Writes some of everything that can be read. */
async function fill(gateway: Gateway, key = ''): Promise<void> {
  const headers = key === '' ? undefined : { authorization: `Bearer ${key}` };
  const batch = Array.from({ length: 500 }, (_, index) => ({
    sensorId: `sensor_00${index % 5}`,
    zone: `zone_${'AB'[index % 2]}`,
    value: 40 + Math.sin(index),
    latencyMs: index % 20,
    timestamp: Date.now() - index * 1000,
  }));
  const rules = [
    { kind: 'above', threshold: 40, zone: 'zone_A' },
    { kind: 'rate', perSecond: 0.5, sensorId: 'sensor_001' },
    { kind: 'silent', afterSeconds: 3600 },
    { kind: 'anomaly' },
  ];
  for (const rule of rules) expect((await gateway.post('/api/rules', rule, headers)).status).toBe(201);
  expect((await gateway.post('/api/ingest/batch', batch, headers)).status).toBe(200);
}

describe('the gateway, whatever it is sent', () => {
  let gateway: Gateway;

  afterEach(async () => {
    await gateway.stop();
  });

  const expectKept = async (name: string, args: readonly string[]): Promise<void> => {
    const { code, summary, cases } = await fuzz(gateway, name, args);
    expect(code === 0 ? '' : summary).toBe('');
    expect(cases).toBeGreaterThan(20);
    // Whatever was sent, a good device is still served.
    expect((await gateway.get('/api/health')).status).toBe(200);
  };

  it(
    'keeps to its OpenAPI document while there are no keys',
    async () => {
      gateway = await Gateway.start(ANY_TIME);
      await fill(gateway);
      // The stream never ends; it is read with a reader's key below. A drain ends all acceptance. The first key
      // would end serving without keys, and no route refuses anybody until then.
      await expectKept('without-keys', [
        '--exclude-path-regex',
        '^/api/(keys|stream|drain)',
        '--exclude-checks',
        'ignored_auth',
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    "keeps to its OpenAPI document with an admin's key, which every protected route requires",
    async () => {
      gateway = await Gateway.start(PROTECTED);
      await fill(gateway, ADMIN_KEY);
      await expectKept('admin', [...bearing(ADMIN_KEY), '--exclude-path-regex', '^/api/(stream|drain)']);
    },
    TIMEOUT_MS,
  );

  it(
    'keeps to its OpenAPI document while it is drained, and when that ends',
    async () => {
      gateway = await Gateway.start(PROTECTED);
      await expectKept('drain', [...bearing(ADMIN_KEY), '--include-path', '/api/drain']);
    },
    TIMEOUT_MS,
  );

  it(
    'keeps to its OpenAPI document without a key, once there are keys',
    async () => {
      gateway = await Gateway.start(PROTECTED);
      await expectKept('no-key', []);
    },
    TIMEOUT_MS,
  );

  it(
    'keeps to its OpenAPI document with wrong keys',
    async () => {
      gateway = await Gateway.start({ ...ANY_TIME, ADMIN_KEY });
      // After 20 wrong keys the answer is 429 and no longer 401.
      await expectKept('wrong-key', [...bearing('wrong'), '--exclude-checks', 'ignored_auth']);
    },
    TIMEOUT_MS,
  );

  it.each(['reader', 'device'])(
    "keeps to its OpenAPI document with a %s's key",
    async (role) => {
      gateway = await Gateway.start(PROTECTED);
      await fill(gateway, ADMIN_KEY);
      const made = await gateway.post(
        '/api/keys',
        { name: role, role },
        { authorization: `Token ${ADMIN_KEY}` },
      );
      const { key } = (await made.json()) as { key: string };
      await expectKept(role, bearing(key));
    },
    TIMEOUT_MS,
  );

  it.each([
    ['CSV', 'text/csv'],
    ['NDJSON', 'application/x-ndjson'],
  ])(
    'keeps to its OpenAPI document in files of %s',
    async (name, type) => {
      gateway = await Gateway.start(PROTECTED);
      await fill(gateway, ADMIN_KEY);
      await expectKept(name, [
        ...bearing(ADMIN_KEY),
        '--header',
        `Accept: ${type}`,
        '--include-path-regex',
        '^/api/readings',
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'keeps to its OpenAPI document with dead letters and a store that refuses some readings',
    async () => {
      const server = await BadServer.start();
      server.answer = (response, path, body) => {
        if (body.includes('sensor_002'))
          response.writeHead(422).end('{"code":"unprocessable entity","message":"no"}');
        else wellBehaved(response, path, body);
      };
      gateway = await Gateway.start({ ...ANY_TIME, ...server.variables });
      await fill(gateway);
      await gateway.settled();
      expect((await gateway.pipeline()).deadLettered).toBeGreaterThan(50);
      await expectKept('dead-letters', [
        ...['--include-path-regex', '^/api/(dead-letters|pipeline|logs|ingest)'],
        ...['--exclude-checks', 'ignored_auth'],
      ]);
      await server.stop();
    },
    TIMEOUT_MS,
  );
});
