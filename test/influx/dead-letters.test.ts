import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';

interface DeadLetter {
  readonly id: number;
  readonly reading: { readonly value: number };
}

describe('dead letters', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  it('are kept through a restart, paged, deleted, and replayed without overwriting what the store took meanwhile', async () => {
    const bucket = await influxd.createBucket();
    const env = influxd.variables(bucket);
    const now = Date.now() - 60_000;
    const reading = (value: number): object => ({
      sensorId: 's',
      zone: 'z',
      value,
      latencyMs: 1,
      timestamp: now + value,
    });
    // A field that others wrote as text refuses numbers, until its series is gone.
    await influxd.write(bucket, `sensor_predictions,sensor_id=t,zone=z value="text" ${now}000`);
    const first = await Gateway.start(env);
    await first.post('/api/ingest/batch', [1, 2, 3, 4, 5].map(reading));
    await first.settled();
    expect(await first.pipeline()).toMatchObject({ accepted: 5, stored: 0, deadLettered: 5 });
    await first.stop('SIGKILL');

    const gateway = await Gateway.start({ ...env, DATA_DIR: first.dataDir });
    const page = await gateway.get('/api/dead-letters?limit=3');
    const letters = (await page.json()) as DeadLetter[];
    expect(letters.map((letter) => letter.reading.value)).toEqual([1, 2, 3]);
    const [, next = ''] = /<(.*)>/.exec(page.headers.get('link') ?? '') ?? [];
    expect(((await gateway.json(next)) as DeadLetter[]).map((letter) => letter.reading.value)).toEqual([
      4, 5,
    ]);
    expect((await gateway.get(`/api/dead-letters/${letters[0]?.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.get(`/api/dead-letters/${letters[0]?.id}`, { method: 'DELETE' })).status).toBe(404);
    expect(await gateway.pipeline()).toMatchObject({ accepted: 5, deadLettered: 5 });

    // Refused again, they come back as new dead letters.
    const replay = async (): Promise<unknown> =>
      (await gateway.get('/api/dead-letters/replay', { method: 'POST' })).json();
    expect(await replay()).toEqual({ success: true, replayed: 4 });
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 5, stored: 0, deadLettered: 5 });

    await influxd.clear(bucket);
    await influxd.write(bucket, `sensor_predictions,sensor_id=s,zone=z value=300,latency_ms=1 ${now + 3}000`);
    expect(await replay()).toEqual({ success: true, replayed: 4 });
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 5, stored: 4, deadLettered: 1, queued: 0 });
    const stored = (await gateway.json('/api/readings/s')) as { value: number }[];
    expect(stored.map(({ value }) => value)).toEqual([2, 300, 4, 5]);
    expect(await gateway.json('/api/dead-letters')).toEqual([]);
    await gateway.stop();
  });

  it('of one point are replayed in the order of acceptance, however many lie between', async () => {
    const bucket = await influxd.createBucket();
    const now = Date.now() - 60_000;
    const reading = (value: number, timestamp: number): object => ({
      ...{ sensorId: 's', zone: 'z', value, latencyMs: 1, timestamp },
    });
    await influxd.write(bucket, `sensor_predictions,sensor_id=t,zone=z value="text" ${now}000`);
    const gateway = await Gateway.start(influxd.variables(bucket));
    await gateway.post('/api/ingest', reading(1, now));
    await gateway.post(
      '/api/ingest/batch',
      Array.from({ length: 2_500 }, (_, index) => reading(index, now + 1 + index)),
    );
    await gateway.post('/api/ingest', reading(2, now));
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 2_502, stored: 0, deadLettered: 2_502 });
    await influxd.clear(bucket);
    expect(await (await gateway.get('/api/dead-letters/replay', { method: 'POST' })).json()).toEqual({
      ...{ success: true, replayed: 2_502 },
    });
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 2_502, stored: 2_502, deadLettered: 0 });
    const [stored] = (await gateway.json(`/api/readings/s?from=${now}&to=${now + 1}`)) as object[];
    expect(stored).toMatchObject({ value: 2 });
    await gateway.stop();
  });

  it('do not hide the latest readings of an existing bucket from a new gateway', async () => {
    const bucket = await influxd.createBucket();
    await influxd.write(
      bucket,
      'sensor_predictions,sensor_id=old,zone=z value=7,latency_ms=1 1769774400000000',
    );
    const gateway = await Gateway.start(influxd.variables(bucket));
    await gateway.waitForOutput(/latest readings of 1 sensors are known/);
    expect(await gateway.json('/api/latest/old')).toMatchObject({ value: 7, found: true });
    expect((await gateway.get('/api/latest/none')).status).toBe(404);
    await gateway.stop();
  });
});
