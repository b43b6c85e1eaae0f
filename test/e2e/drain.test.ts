import { BadServer } from '../support/bad-server.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY } from '../support/keys.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };

interface Probe {
  readonly status: string;
  readonly details: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const probe = async (gateway: Gateway, init?: RequestInit): Promise<[number, Probe]> => {
  const response = await gateway.get('/api/health/ready', init);
  return [response.status, (await response.json()) as Probe];
};

describe('a drained gateway', () => {
  it('accepts no readings, still answers queries, and says when everything is stored', async () => {
    const gateway = await Gateway.start();
    await gateway.post('/api/ingest', READING, { 'idempotency-key': 'first' });
    const drained = await gateway.get('/api/drain', { method: 'POST' });
    expect([drained.status, await drained.json()]).toEqual([
      200,
      { draining: true, drained: true, queued: 0, unjudged: 0 },
    ]);
    const refused = await gateway.post('/api/ingest', READING);
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      503,
      '10',
      expect.objectContaining({ code: 'DRAINING' }),
    ]);
    const repeated = await gateway.post('/api/ingest', READING, { 'idempotency-key': 'first' });
    expect(repeated.status).toBe(201);
    expect((await gateway.get('/api/readings/s?from=0')).status).toBe(200);
    expect((await probe(gateway))[0]).toBe(503);
    expect((await gateway.get('/api/health/live')).status).toBe(200);
    expect((await gateway.pipeline()).accepted).toBe(1);

    const ended = await gateway.get('/api/drain', { method: 'DELETE' });
    expect(await ended.json()).toMatchObject({ draining: false, drained: false });
    expect((await probe(gateway))[0]).toBe(200);
    expect((await gateway.post('/api/ingest', READING)).status).toBe(201);
    await gateway.stop();
  });

  it('waits for a store that is down, at most waitSeconds', async () => {
    const store = await BadServer.start();
    store.answer = BadServer.status(503);
    const gateway = await Gateway.start(store.variables);
    await gateway.post('/api/ingest', READING);
    const first = await gateway.get('/api/drain?waitSeconds=0', { method: 'POST' });
    expect(await first.json()).toMatchObject({ draining: true, drained: false, queued: 1 });
    const second = gateway.get('/api/drain?waitSeconds=60', { method: 'POST' });
    store.answer = BadServer.status(204);
    expect(await (await second).json()).toMatchObject({ drained: true, queued: 0 });
    expect(store.writes.join('')).toContain('sensor_id=s');
    const wrong = await gateway.get('/api/drain?waitSeconds=soon', { method: 'POST' });
    expect([wrong.status, await wrong.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'INVALID_PARAMETER' }),
    ]);
    await gateway.stop();
    await store.stop();
  });
});

describe('readiness', () => {
  it('stays while the store is down, and gives the reason to admins only', async () => {
    const store = await BadServer.start();
    store.answer = BadServer.status(401, '{"code":"unauthorized","message":"not you"}');
    const gateway = await Gateway.start({ ...store.variables, ADMIN_KEY });
    const degraded = async (): Promise<Probe | undefined> => {
      const [status, body] = await probe(gateway);
      expect(status).toBe(200);
      return body.details.store?.degraded === true ? body : undefined;
    };
    expect((await until(degraded, 'the loss of the store')).details).toEqual({
      gateway: { status: 'up' },
      store: { status: 'up', store: 'down', degraded: true },
      pipeline: { status: 'up', degraded: false },
    });
    gateway.key = ADMIN_KEY;
    const [, { details }] = await probe(gateway);
    expect(details.store?.reason).toContain('refuses INFLUXDB_TOKEN');
    expect(details.pipeline).toMatchObject({ accepted: 0, queued: 0 });
    await gateway.stop();
    await store.stop();
  });

  it('stays while the journal is full', async () => {
    const store = await BadServer.start();
    store.answer = BadServer.status(503);
    const gateway = await Gateway.start({ ...store.variables, JOURNAL_MAX_BYTES: String(1 << 20) });
    const batch = Array.from({ length: 1_000 }, () => READING);
    const full = async (): Promise<true | undefined> =>
      (await gateway.post('/api/ingest/batch', batch)).status === 503 ? true : undefined;
    await until(full, 'a full journal');
    const [status, { details }] = await probe(gateway);
    expect([status, details.pipeline]).toEqual([
      200,
      expect.objectContaining({ degraded: true, conditions: expect.arrayContaining(['JOURNAL_FULL']) }),
    ]);
    await gateway.stop();
    await store.stop();
  });

  it('ends at SIGTERM, while requests are still accepted for SHUTDOWN_DELAY', async () => {
    const gateway = await Gateway.start({ SHUTDOWN_DELAY: '2s' });
    const exit = gateway.stop();
    await until(async () => ((await probe(gateway))[0] === 503 ? true : undefined), 'the end of readiness');
    expect((await gateway.post('/api/ingest', READING)).status).toBe(201);
    expect(await exit).toEqual({ code: 0, signal: null });
    const next = await Gateway.start({ DATA_DIR: gateway.dataDir });
    expect(await next.json('/api/latest/s')).toMatchObject({ found: true });
    await next.stop();
  });
});
