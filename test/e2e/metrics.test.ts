import { BadServer, wellBehaved } from '../support/bad-server.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Scrape } from '../support/metrics.js';

const READING = { sensorId: 'pump_77', zone: 'boiler_room', value: 1, latencyMs: 1 };
const ADMIN_KEY = 'an-admin-key-of-32-characters-or-more';
const DURATION = 'predictionx_http_request_duration_seconds';

/** Scrapes until a condition holds. */
async function scrapeUntil(gateway: Gateway, isReached: (scrape: Scrape) => boolean): Promise<Scrape> {
  return until(async () => {
    const scrape = await Scrape.of(gateway);
    return isReached(scrape) ? scrape : undefined;
  }, 'the figures of /metrics');
}

describe('GET /metrics', () => {
  it("is in Prometheus' text format, and in the OpenAPI document", async () => {
    const gateway = await Gateway.start();
    const response = await gateway.get('/metrics');
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { paths } = (await gateway.json('/api/openapi.json')) as {
      paths: Record<string, { get: { responses: Record<string, { content: object }> } }>;
    };
    const { responses = {} } = paths['/metrics']?.get ?? {};
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '401', '403', '429']));
    expect(Object.keys(responses['200']?.content ?? {})).toEqual([
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    const scrape = new Scrape(await response.text());
    expect(scrape.value('predictionx_build_info', { version: '0.1.0', node_version: process.version })).toBe(
      1,
    );
    await gateway.stop();
  });

  it('counts readings as they are accepted, refused and stored', async () => {
    const gateway = await Gateway.start();
    await gateway.post('/api/ingest', READING);
    await gateway.post('/api/ingest/batch', [READING, { ...READING, value: 'hot' }, READING]);
    await gateway.post('/api/ingest', 'no JSON');
    await gateway.settled();
    const scrape = await Scrape.of(gateway);
    const figures = (...names: string[]): (number | undefined)[] =>
      names.map((name) => scrape.value(`predictionx_${name}`));
    expect(
      figures('readings_accepted_total', 'readings_stored_total', 'readings_dead_lettered_total'),
    ).toEqual([3, 3, 0]);
    expect(
      ['INVALID_READING', 'INVALID_JSON', 'JOURNAL_FULL', 'KEY_INVALID'].map((code) =>
        scrape.value('predictionx_readings_refused_total', { code }),
      ),
    ).toEqual([1, 1, 0, undefined]);
    expect(
      figures(
        'pipeline_accepted_readings',
        'pipeline_stored_readings',
        'pipeline_queued_readings',
        'sensors',
      ),
    ).toEqual([3, 3, 0, 1]);
    expect(scrape.value('predictionx_pipeline_accepting')).toBe(1);
    await gateway.stop();
  });

  it('measures how long the disk and the store take', async () => {
    const gateway = await Gateway.start();
    await gateway.post('/api/ingest', READING);
    await gateway.post(
      '/api/ingest/batch',
      Array.from({ length: 100 }, () => READING),
    );
    await gateway.settled();
    const scrape = await Scrape.of(gateway);
    const of = (name: string, labels = {}): number => scrape.value(`predictionx_${name}`, labels) ?? NaN;
    expect(of('journal_sync_seconds_count')).toBe(2);
    expect(of('journal_sync_seconds_sum')).toBeGreaterThan(0);
    expect([of('journal_group_readings_count'), of('journal_group_readings_sum')]).toEqual([2, 101]);
    expect(['1', '64', '128', '+Inf'].map((le) => of('journal_group_readings_bucket', { le }))).toEqual([
      1, 1, 2, 2,
    ]);
    expect(of('journal_group_bytes_sum')).toBeGreaterThan(100 * READING.sensorId.length);
    expect(of('store_write_readings_sum')).toBe(101);
    expect(of('store_write_seconds_count', { outcome: 'stored' })).toBe(of('store_write_readings_count'));
    expect(of('store_write_seconds_count', { outcome: 'unavailable' })).toBe(0);
    expect([of('store_up'), of('journal_max_bytes')]).toEqual([1, 1 << 30]);
    expect(of('disk_free_bytes')).toBeGreaterThan(0);
    expect(of('disk_used_bytes')).toBeGreaterThan(0);
    await gateway.stop();
  });

  it('measures requests by route, method and class of status, and all unknown routes as one', async () => {
    const gateway = await Gateway.start();
    await gateway.post('/api/ingest', READING);
    await gateway.post('/api/ingest', {});
    for (const sensorId of ['pump_77', 'pump_78', 'pump_79']) await gateway.get(`/api/latest/${sensorId}`);
    for (const path of ['/a', '/b?c=d', '/api/pump_77']) await gateway.get(path);
    for (const method of ['PROPFIND', 'MKCOL']) await gateway.get('/a', { method });
    const { samples } = await Scrape.of(gateway);
    const counts = samples
      .filter(({ name }) => name === `${DURATION}_count`)
      .map(({ labels: { route = '', method = '', status = '' }, value }) =>
        [method, route, status, value].join(' '),
      );
    expect(counts.sort()).toEqual([
      'GET /api/latest/{sensorId} 2xx 1',
      'GET /api/latest/{sensorId} 4xx 2',
      'GET unknown 4xx 3',
      'POST /api/ingest 2xx 1',
      'POST /api/ingest 4xx 1',
      'other unknown 4xx 2',
    ]);
    await gateway.stop();
  });

  it('counts a stream when it begins, not when it ends, and its clients', async () => {
    const gateway = await Gateway.start();
    const leaving = new AbortController();
    const stream = await gateway.get('/api/stream', {
      signal: leaving.signal,
      headers: { 'last-event-id': 'of-another-life' },
    });
    const scrape = await Scrape.of(gateway);
    expect(scrape.value(`${DURATION}_count`, { route: '/api/stream' })).toBe(1);
    expect(scrape.value('predictionx_stream_clients')).toBe(1);
    expect(scrape.value('predictionx_stream_resets_total', { cause: 'unknown' })).toBe(1);
    leaving.abort();
    await stream.text().catch(() => undefined);
    await scrapeUntil(gateway, (now) => now.value('predictionx_stream_clients') === 0);
    await gateway.stop();
  });

  it('counts rules and their events', async () => {
    const gateway = await Gateway.start();
    await gateway.post('/api/rules', { kind: 'above', threshold: 80 });
    await gateway.post('/api/ingest', { ...READING, value: 90 });
    const scrape = await scrapeUntil(
      gateway,
      (now) =>
        now.value('predictionx_rule_events_total', { type: 'critical' }) === 1 &&
        now.value('predictionx_rules_unjudged_readings') === 0,
    );
    expect(scrape.value('predictionx_rules')).toBe(1);
    expect(scrape.value('predictionx_gateway_events_total', { type: 'normal' })).toBe(1);
    await gateway.stop();
  });

  it('counts dead letters', async () => {
    const server = await BadServer.start();
    server.answer = (response, path, body) => {
      if (body === '') wellBehaved(response, path, body);
      else response.writeHead(422).end('{"code":"unprocessable entity","message":"no"}');
    };
    const gateway = await Gateway.start({ ...server.variables, STORE_TIMEOUT: '1s' });
    await gateway.post('/api/ingest', READING);
    const scrape = await scrapeUntil(
      gateway,
      (now) => now.value('predictionx_readings_dead_lettered_total') === 1,
    );
    expect(scrape.value('predictionx_store_write_seconds_count', { outcome: 'partly_refused' })).toBe(1);
    expect(scrape.value('predictionx_pipeline_dead_lettered_readings')).toBe(1);
    expect(scrape.value('predictionx_readings_stored_total')).toBe(0);
    await gateway.stop();
    await server.stop();
  });

  it('contains no sensor, zone, key or IP address', async () => {
    const gateway = await Gateway.start({ ADMIN_KEY });
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
    await gateway.post('/api/rules', { kind: 'above', threshold: 0, sensorId: READING.sensorId }, headers);
    await gateway.post('/api/ingest', READING, headers);
    for (const path of ['latest', 'readings', 'sensors', 'nothing'])
      await gateway.get(`/api/${path}/${READING.sensorId}?zone=${READING.zone}`, { headers });
    const { text, samples } = await Scrape.of(gateway, headers);
    for (const word of [READING.sensorId, READING.zone, ADMIN_KEY, '127.0.0.1', 'ADMIN_KEY', gateway.dataDir])
      expect(text).not.toContain(word);
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)));
    const known = ['code', 'route', 'method', 'status', 'outcome', 'cause', 'type', 'le', 'kind', 'space'];
    const versions = ['version', 'node_version', 'major', 'minor', 'patch'];
    expect([...labels].filter((label) => ![...known, ...versions].includes(label))).toEqual([]);
    await gateway.stop();
  });

  it('is for readers and admins once there are keys', async () => {
    const gateway = await Gateway.start({ ADMIN_KEY });
    const admin = { authorization: `Bearer ${ADMIN_KEY}` };
    const statusWith = async (headers: Record<string, string>): Promise<number> =>
      (await gateway.get('/metrics', { headers })).status;
    const keyOf = async (role: string): Promise<Record<string, string>> => {
      const made = await gateway.post('/api/keys', { name: role, role }, admin);
      const { key } = (await made.json()) as { key: string };
      return { authorization: `Bearer ${key}` };
    };
    expect(await statusWith({})).toBe(401);
    expect(await statusWith({ authorization: 'Bearer wrong' })).toBe(401);
    expect(await statusWith(await keyOf('device'))).toBe(403);
    expect(await statusWith(await keyOf('reader'))).toBe(200);
    expect(await statusWith(admin)).toBe(200);
    const scrape = await Scrape.of(gateway, admin);
    expect(scrape.value(`${DURATION}_count`, { route: '/metrics', status: '4xx' })).toBe(3);
    await gateway.stop();
  });

  it('answers with InfluxDB down, and says so', async () => {
    const server = await BadServer.start();
    const { variables } = server;
    await server.stop();
    const gateway = await Gateway.start({ ...variables, STORE_TIMEOUT: '1s' });
    await gateway.post('/api/ingest', READING);
    const scrape = await scrapeUntil(
      gateway,
      (now) =>
        now.value('predictionx_store_up') === 0 &&
        (now.value('predictionx_store_write_seconds_count', { outcome: 'unavailable' }) ?? 0) > 0 &&
        (now.value('predictionx_pipeline_oldest_queued_seconds') ?? 0) > 0,
    );
    expect(scrape.value('predictionx_readings_accepted_total')).toBe(1);
    expect(scrape.value('predictionx_pipeline_queued_readings')).toBe(1);
    expect(scrape.value('predictionx_journal_bytes')).toBeGreaterThan(0);
    await gateway.stop();
  });

  it('counts from 0 after a restart, but keeps the totals of the pipeline', async () => {
    const first = await Gateway.start();
    await first.post('/api/ingest/batch', [READING, READING]);
    await first.settled();
    await first.stop('SIGKILL');
    const second = await Gateway.start({ DATA_DIR: first.dataDir });
    await second.post('/api/ingest', READING);
    await second.settled();
    const scrape = await Scrape.of(second);
    expect(scrape.value('predictionx_readings_accepted_total')).toBe(1);
    expect(scrape.value('predictionx_pipeline_accepted_readings')).toBe(3);
    expect(scrape.value('predictionx_pipeline_stored_readings')).toBe(3);
    await second.stop();
  });

  it('counts silent sensors', async () => {
    const gateway = await Gateway.start({ SENSOR_SILENT_AFTER: '1s' });
    await gateway.post('/api/ingest', READING);
    const scrape = await scrapeUntil(gateway, (now) => now.value('predictionx_silent_sensors') === 1);
    expect(scrape.value('predictionx_sensors')).toBe(1);
    await gateway.stop();
  });
});
