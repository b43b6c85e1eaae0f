import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { BadServer } from '../support/bad-server.js';
import { type CollectedSpan, Collector } from '../support/collector.js';
import { ROOT, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const PARENT = { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01`, tracestate: 'vendor=1' };
const SERVER = 2;
const CLIENT = 3;
/** Says at the end how many modules of OpenTelemetry were loaded. */
const COUNTING = `data:text/javascript,${encodeURIComponent(
  `import Module from 'node:module';
   process.on('exit', () => console.log('loaded', Object.keys(Module._cache).filter((file) => file.includes('@opentelemetry')).length));`,
)}`;

const idOf = (response: Response): string => response.headers.get('x-request-id') ?? '';

describe('traces', () => {
  let collector: Collector;
  let gateway: Gateway;

  beforeAll(async () => {
    collector = await Collector.start();
    gateway = await Gateway.start(
      { ...collector.variables, OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=hall' },
      ['node', '--import', join(ROOT, 'test/support/broken-latest.mjs'), 'dist/main.js'],
    );
  });
  afterAll(async () => {
    await gateway.stop();
    await collector.stop();
  });

  const spanOf = (response: Response): Promise<CollectedSpan> =>
    collector.span(
      `of request ${idOf(response)}`,
      ({ traceId, kind }) => traceId === idOf(response) && kind === SERVER,
    );
  const childrenOf = (parent: CollectedSpan): CollectedSpan[] =>
    collector.spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId);

  it('continue the trace that the client sends, from the request to the disk', async () => {
    const response = await gateway.post('/api/ingest', READING, PARENT);
    expect([response.status, idOf(response)]).toEqual([201, TRACE_ID]);
    const span = await spanOf(response);
    expect(span).toMatchObject({
      name: 'POST /api/ingest',
      traceId: TRACE_ID,
      parentSpanId: SPAN_ID,
      failed: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/api/ingest',
        'http.response.status_code': 201,
        'url.path': '/api/ingest',
        'url.scheme': 'http',
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(gateway.url).port),
        'client.address': '127.0.0.1',
      },
      resource: { 'service.name': 'predictionx', 'deployment.environment.name': 'hall' },
    });
    const [append] = await until(
      () => (childrenOf(span).length > 0 ? childrenOf(span) : undefined),
      'its child',
    );
    expect(append).toMatchObject({
      name: 'journal append',
      traceId: TRACE_ID,
      failed: false,
      attributes: { 'predictionx.readings': 1 },
    });
  });

  it('begin with a request that has none, with the id in its response', async () => {
    const response = await gateway.get('/api/readings/s?limit=1');
    const span = await spanOf(response);
    expect(span).toMatchObject({
      name: 'GET /api/readings/:sensorId',
      attributes: { 'url.path': '/api/readings/s' },
    });
    expect(span.parentSpanId).toBeUndefined();
    const query = await collector.span('of its query', ({ parentSpanId }) => parentSpanId === span.spanId);
    expect(query).toMatchObject({
      name: 'store query',
      kind: CLIENT,
      attributes: { 'predictionx.query': 'readings', 'predictionx.found': expect.any(Number) },
    });
  });

  it('contain every query of a long export', async () => {
    const timestamp = (i: number): number => Date.now() - 60_000 + i;
    const batch = (sensorId: string, from: number): object[] =>
      Array.from({ length: 9_000 }, (_, i) => ({ ...READING, sensorId, timestamp: timestamp(from + i) }));
    await gateway.post('/api/ingest/batch', batch('long', 0));
    await gateway.post('/api/ingest/batch', batch('long', 9_000));
    await gateway.settled();
    const response = await gateway.get('/api/readings/long', { headers: { accept: 'text/csv' } });
    expect((await response.text()).split('\n').length).toBeGreaterThan(15_000);
    const span = await spanOf(response);
    await until(() => (childrenOf(span).length >= 4 ? true : undefined), 'its four queries');
    expect(childrenOf(span).map(({ name }) => name)).toEqual(Array.from({ length: 4 }, () => 'store query'));
  });

  it('show each batch that goes to the store, in a trace of its own', async () => {
    const write = await collector.span('of a write', ({ name }) => name === 'store write');
    expect(write).toMatchObject({
      kind: CLIENT,
      failed: false,
      attributes: { 'predictionx.readings': 1, 'predictionx.outcome': 'stored', 'predictionx.refused': 0 },
    });
    expect([write.parentSpanId, write.traceId === TRACE_ID]).toEqual([undefined, false]);
  });

  it('mark a 5xx as an error, and a 4xx not', async () => {
    const responses = await Promise.all([
      gateway.get('/api/latest/s'),
      gateway.post('/api/ingest', { ...READING, value: 'hot' }),
      gateway.get('/nowhere'),
    ]);
    const spans = await Promise.all(responses.map(spanOf));
    expect(
      spans.map(({ name, failed, attributes }) => [
        name,
        failed,
        attributes['http.response.status_code'],
        attributes['error.type'],
      ]),
    ).toEqual([
      ['GET /api/latest/:sensorId', true, 500, '500'],
      ['POST /api/ingest', false, 400, undefined],
      ['GET', false, 404, undefined],
    ]);
  });

  it('show a live stream as soon as it has begun', async () => {
    const gone = new AbortController();
    const response = await gateway.get('/api/stream', { signal: gone.signal });
    expect((await spanOf(response)).attributes['http.response.status_code']).toBe(200);
    gone.abort();
  });

  it('leave out probes', async () => {
    const paths = [
      '/api/health',
      '/api/health/live',
      '/api/health/ready',
      '/api/health/startup',
      '/ping',
      '/health',
    ];
    const ids = await Promise.all(paths.map(async (path) => idOf(await gateway.get(path))));
    // Spans are sent in the order in which they end.
    await spanOf(await gateway.get('/nowhere'));
    expect(collector.spans.filter(({ traceId }) => ids.includes(traceId))).toEqual([]);
  });

  it('leave out requests that the client marks as not sampled', async () => {
    const unsampled = { traceparent: `00-${'1'.repeat(32)}-${SPAN_ID}-00` };
    expect(idOf(await gateway.post('/api/ingest', READING, unsampled))).toBe('1'.repeat(32));
    await spanOf(await gateway.get('/nowhere'));
    expect(collector.spans.filter(({ traceId }) => traceId === '1'.repeat(32))).toEqual([]);
  });
});

it('sends InfluxDB the trace that a request or a batch belongs to', async () => {
  const influx = await BadServer.start();
  const collector = await Collector.start();
  const gateway = await Gateway.start({ ...influx.variables, ...collector.variables });
  await gateway.post('/api/ingest', READING);
  const write = await collector.span('of the write', ({ name }) => name === 'store write');
  const history = await gateway.get('/api/readings/s', { headers: PARENT });
  const query = await collector.span(
    'of the query',
    ({ name, traceId }) => name === 'store query' && traceId === idOf(history),
  );
  await gateway.stop();
  const sentWith = (part: string): unknown[] =>
    influx.requests
      .filter(({ path, body }) => path.startsWith(part) && body !== '' && !body.startsWith('system_events'))
      .map(({ headers }) => headers.traceparent);
  expect(sentWith('/api/v2/write')).toEqual([`00-${write.traceId}-${write.spanId}-01`]);
  expect(sentWith('/api/v2/query')).toContain(`00-${TRACE_ID}-${query.spanId}-01`);
  await Promise.all([influx.stop(), collector.stop()]);
});

it('sends the last spans when it stops', async () => {
  const collector = await Collector.start();
  const gateway = await Gateway.start({ ...collector.variables, OTEL_BSP_SCHEDULE_DELAY: '600000' });
  const id = idOf(await gateway.get('/api/latest'));
  expect(collector.spans).toEqual([]);
  expect((await gateway.stop()).code).toBe(0);
  expect(collector.spans.map(({ traceId }) => traceId)).toContain(id);
  await collector.stop();
});

it('sends protobuf by default', async () => {
  const collector = await Collector.start();
  const gateway = await Gateway.start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  await gateway.get('/api/latest');
  await gateway.stop();
  expect(collector.headers[0]?.['content-type']).toBe('application/x-protobuf');
  expect(collector.bodies.join('')).toContain('GET /api/latest');
  await collector.stop();
});

it.each<[string, Record<string, string>]>([
  ['nothing asks for traces', { OTEL_SERVICE_NAME: 'x' }],
  ['OTEL_SDK_DISABLED is true', { OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'otlp' }],
  ['OTEL_TRACES_EXPORTER is none', { OTEL_TRACES_EXPORTER: 'none' }],
])('loads and sends nothing when %s', async (_, variables) => {
  const collector = await Collector.start();
  const target = 'OTEL_SERVICE_NAME' in variables ? {} : collector.variables;
  const gateway = await Gateway.start({ ...target, ...variables }, [
    'node',
    '--import',
    COUNTING,
    'dist/main.js',
  ]);
  await gateway.post('/api/ingest', READING);
  await gateway.settled();
  await gateway.stop();
  expect([collector.bodies, gateway.output]).toEqual([[], expect.stringMatching(/^loaded 0$/m)]);
  await collector.stop();
});

it('loads the SDK when a collector is named', async () => {
  const collector = await Collector.start();
  const gateway = await Gateway.start(collector.variables, ['node', '--import', COUNTING, 'dist/main.js']);
  await gateway.stop();
  expect(gateway.output).toMatch(/^loaded [1-9]/m);
  await collector.stop();
});

it.each(['that refuses connections', 'that never answers'])(
  'serves and stops as usual with a collector %s',
  async (how) => {
    const hole = createServer(() => undefined);
    await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
    const { port } = hole.address() as AddressInfo;
    if (how === 'that refuses connections') await new Promise((resolve) => hole.close(resolve));
    const gateway = await Gateway.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_SCHEDULE_DELAY: '10',
      OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
      OTEL_BSP_EXPORT_TIMEOUT: '600000',
    });
    const statuses = await Promise.all(
      Array.from({ length: 3_000 }, async () => (await gateway.post('/api/ingest', READING)).status),
    );
    expect(statuses.filter((status) => status !== 201)).toEqual([]);
    // The exporter itself would go on for minutes, longer than this test may take.
    expect((await gateway.stop()).code).toBe(0);
    expect(gateway.output).toMatch(/Stopped/);
    if (hole.listening) hole.close();
  },
);

it('says what is wrong with its variables, and repeats no credentials', async () => {
  const gateway = Gateway.launch({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:password@collector:4318',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_TRACES_SAMPLER_ARG: '2',
  });
  expect((await gateway.exit()).code).toBe(1);
  for (const name of ['OTLP_ENDPOINT', 'OTLP_PROTOCOL', 'TRACES_EXPORTER', 'TRACES_SAMPLER_ARG'])
    expect(gateway.output).toContain(`OTEL_${name.startsWith('OTLP') ? 'EXPORTER_' : ''}${name} must be`);
  expect(gateway.output).not.toContain('password@');
});
