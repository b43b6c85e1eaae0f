import { join } from 'node:path';

import { BadServer } from '../support/bad-server.js';
import { Collector } from '../support/collector.js';
import { ROOT } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

interface Line {
  readonly level: number;
  readonly context: string;
  readonly msg: string;
  readonly requestId?: string;
}

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
/** A gateway with a defect. */
const BROKEN = ['node', '--import', join(ROOT, 'test/support/broken-latest.mjs'), 'dist/main.js'];

const idOf = (response: Response): string => response.headers.get('x-request-id') ?? '';
const linesOf = (gateway: Gateway): Line[] =>
  gateway.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);

describe('the id of a request', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({}, BROKEN);
  });
  afterAll(async () => {
    await gateway.stop();
  });

  it('is the trace id that the client sent', async () => {
    const responses = await Promise.all([
      gateway.post('/api/ingest', READING, { traceparent: PARENT }),
      gateway.get('/api/health', { headers: { traceparent: PARENT } }),
      gateway.get('/no/such/route', { headers: { traceparent: PARENT } }),
      gateway.get('/api/health/%zz', { headers: { traceparent: PARENT } }),
      gateway.get('/api/health', { headers: { traceparent: `cc-${TRACE_ID}-00f067aa0ba902b7-01-more` } }),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([201, 200, 404, 400, 200]);
    expect(responses.map(idOf)).toEqual(Array.from(responses, () => TRACE_ID));
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `ff-${TRACE_ID}-00f067aa0ba902b7-01`,
    `00-${TRACE_ID}-00f067aa0ba902b7-01-more`,
    `00-${TRACE_ID.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `${PARENT}, ${PARENT}`,
  ])('is a new one, different each time, when traceparent is %j', async (traceparent) => {
    const headers: Record<string, string> = traceparent === undefined ? {} : { traceparent };
    const ids = await Promise.all(
      Array.from({ length: 300 }, async () => idOf(await gateway.get('/api/health', { headers }))),
    );
    expect(ids.filter((id) => !/^[\da-f]{32}$/.test(id) || id === TRACE_ID)).toEqual([]);
    expect(new Set(ids).size).toBe(300);
  });

  it('can be read by pages of other origins', async () => {
    const response = await gateway.get('/api/health', { headers: { origin: 'http://localhost:3000' } });
    expect(response.headers.get('access-control-expose-headers')?.split(', ')).toContain('X-Request-Id');
  });

  it('is in the body of a 500, so that it can be found in the log', async () => {
    const response = await gateway.get('/api/latest/s', { headers: { traceparent: PARENT } });
    expect([response.status, await response.json()]).toEqual([
      500,
      expect.objectContaining({
        code: 'INTERNAL_ERROR',
        detail: `The gateway failed because of an internal error; its log has the details under request ID ${TRACE_ID}.`,
      }),
    ]);
    await gateway.waitForOutput(new RegExp(TRACE_ID));
    const lines = linesOf(gateway).filter(({ requestId }) => requestId === TRACE_ID);
    expect(lines).toEqual([
      expect.objectContaining({ level: 50, msg: expect.stringContaining('No s by'), context: 'ErrorFilter' }),
    ]);
  });
});

describe('a line for each request', () => {
  it('is logged at debug, with neither query nor headers', async () => {
    const gateway = await Gateway.start({ LOG_LEVEL: 'debug' });
    const ingested = await gateway.post('/api/ingest', READING);
    const bytes = (await ingested.arrayBuffer()).byteLength;
    const ids = [
      ingested,
      await gateway.get('/api/readings/s?limit=5'),
      await gateway.get('/nowhere?x=1'),
    ].map(idOf);
    const gone = new AbortController();
    const stream = await gateway.get('/api/stream', { signal: gone.signal });
    gone.abort();
    await gateway.waitForOutput(/GET \/api\/stream 200/);
    await gateway.stop();
    const lines = linesOf(gateway).filter(({ context }) => context === 'Requests');
    const common = { level: 20, client: '127.0.0.1', durationMs: expect.any(Number) };
    expect(lines.filter(({ requestId }) => ids.includes(requestId ?? ''))).toEqual([
      expect.objectContaining({ ...common, method: 'POST', route: '/api/ingest', status: 201, bytes }),
      expect.objectContaining({
        ...common,
        method: 'GET',
        route: '/api/readings/:sensorId',
        path: '/api/readings/s',
        status: 200,
      }),
      expect.objectContaining({ ...common, path: '/nowhere', status: 404, msg: 'GET /nowhere 404' }),
    ]);
    expect(lines.find(({ requestId }) => requestId === idOf(stream))).toMatchObject({
      status: 200,
      aborted: true,
    });
  });

  it('is not logged at info', async () => {
    const gateway = await Gateway.start({ LOG_LEVEL: 'info' });
    await gateway.post('/api/ingest', READING);
    await gateway.get('/nowhere');
    await gateway.stop();
    expect(linesOf(gateway).filter(({ context, requestId }) => context === 'Requests' || requestId)).toEqual(
      [],
    );
  });
});

it('never logs a credential, wherever it was put', async () => {
  const adminKey = 'an-admin-key-"of"-more-than/32+characters';
  const influxToken = 'the-token-of-influxdb==';
  const influx = await BadServer.start();
  const collector = await Collector.start();
  // Both repeat what they were sent, as proxies do.
  influx.answer = BadServer.status(401, `no ${influxToken}`);
  collector.status = 400;
  const variables = {
    ...influx.variables,
    ...collector.variables,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of-the-collector',
    INFLUXDB_TOKEN: influxToken,
    ADMIN_KEY: adminKey,
    LOG_LEVEL: 'trace',
  };
  const gateway = await Gateway.start(variables, BROKEN);
  const admin = { authorization: `Bearer ${adminKey}` };
  const made = await gateway.post('/api/keys', { name: 'a', role: 'reader' }, admin);
  const { key } = (await made.json()) as { key: string };
  expect([made.status, key]).toEqual([201, expect.stringMatching(/^pxk_/)]);
  for (const secret of [key, adminKey, influxToken]) {
    const text = encodeURIComponent(secret);
    await gateway.get(`/api/latest?key=${text}`);
    await gateway.get(`/nowhere/${text}`);
    await gateway.post('/api/ingest', { ...READING, sensorId: secret, key: secret }, admin);
    await gateway.post('/api/ingest', `{"${secret}`, admin);
    await gateway.post('/api/ingest', { ...READING, sensorId: secret, zone: secret }, admin);
    for (const [name, value] of [
      ['authorization', `Token ${secret}`],
      ['x-api-key', secret],
      ['cookie', `key=${secret}`],
    ] as const)
      await gateway.get('/api/logs', { headers: { [name]: value } });
    const broken = await gateway.get(`/api/latest/${text}`, { headers: admin });
    expect(broken.status).toBe(500);
  }
  await gateway.waitForOutput(/GET \/nowhere\/\[redacted\] 404/);
  await gateway.waitForOutput(/Spans may be lost/);
  await gateway.waitForOutput(/refuses INFLUXDB_TOKEN/);
  expect((await gateway.stop()).code).toBe(0);
  const messages = linesOf(gateway)
    .filter(({ level }) => level === 50)
    .map(({ msg }) => msg);
  expect(messages).toEqual(Array(3).fill('No [redacted] by [redacted] and [redacted]'));
  const asJson = (text: string): string => JSON.stringify(text).slice(1, -1);
  for (const secret of [key, adminKey, influxToken, 'of-the-collector']) {
    for (const written of [secret, asJson(secret), encodeURIComponent(secret)]) {
      expect(gateway.output).not.toContain(written);
      expect(collector.bodies.join('\n')).not.toContain(written);
    }
  }
  expect(collector.headers[0]?.authorization).toBe('Bearer of-the-collector');
  await Promise.all([influx.stop(), collector.stop()]);
});
