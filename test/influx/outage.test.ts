import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { InfluxdProcess, onboard } from '../support/influxd.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };

interface LogEntry {
  readonly type: string;
  readonly message: string;
}

async function messages(gateway: Gateway): Promise<string[]> {
  return ((await gateway.json('/api/logs')) as LogEntry[]).map(({ type, message }) => `${type}: ${message}`);
}

describe('a gateway whose InfluxDB comes and goes', () => {
  // These start and kill their own influxd, so they need a binary even where INFLUXDB_TEST_URL is set.
  it('starts without it, says so, and works once it appears', async () => {
    const folder = emptyFolder();
    const first = await InfluxdProcess.start(folder);
    const { token, org, bucket } = await onboard(first.url);
    const { url, port } = first;
    await first.stop();

    const gateway = await Gateway.start({
      INFLUXDB_URL: url,
      INFLUXDB_TOKEN: token,
      INFLUXDB_ORG: org,
      INFLUXDB_BUCKET: bucket,
    });
    expect(await gateway.json('/api/health')).toEqual({ status: 'ok' });
    const lost = 'critical: Store lost: InfluxDB does not answer (ECONNREFUSED)';
    await until(
      async () => ((await messages(gateway)).includes(lost) ? true : undefined),
      'the store to be lost',
    );
    expect((await gateway.post('/api/ingest', READING)).status).toBe(201);
    expect(await gateway.json('/api/latest/s')).toMatchObject({ ...READING, found: true, stale: true });
    const refused = await gateway.get('/api/readings/s');
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
      503,
      '1',
      expect.objectContaining({
        code: 'STORE_UNAVAILABLE',
        detail: 'InfluxDB does not answer (ECONNREFUSED)',
      }),
    ]);
    const ready = await gateway.get('/api/health/ready');
    expect([ready.status, await ready.json()]).toEqual([
      200,
      expect.objectContaining({
        details: {
          gateway: { status: 'up' },
          store: expect.objectContaining({ store: 'down', degraded: true }),
          pipeline: expect.objectContaining({ accepted: 1, queued: 1, stored: 0 }),
        },
      }),
    ]);

    const second = await InfluxdProcess.start(folder, port);
    await gateway.settled();
    expect(await gateway.json('/api/readings/s')).toHaveLength(1);
    expect((await messages(gateway))[0]).toBe('normal: Store back: InfluxDB takes readings again');

    await second.stop();
    await until(
      async () => ((await messages(gateway))[0]?.startsWith('critical: Store lost') ? true : undefined),
      'the loss',
    );
    const third = await InfluxdProcess.start(folder, port);
    await gateway.post('/api/ingest', READING);
    await gateway.settled();
    expect(await gateway.json('/api/readings/s')).toHaveLength(2);
    await gateway.stop();
    await third.discard();
  });
});
