import { statSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Scrape } from '../support/metrics.js';

const EVER = 'from=-9007199254740';

function pagesOf(file: string): number {
  const db = new Database(file, { readonly: true });
  const pages = db.pragma('page_count', { simple: true }) as number;
  db.close();
  return pages;
}

describe('READINGS_RETENTION', () => {
  const batch = (sensorId: string, agoMs: number, count: number): object[] =>
    Array.from({ length: count }, (_, index) => ({
      sensorId,
      zone: 'z',
      value: index,
      latencyMs: 1,
      timestamp: Date.now() - agoMs + index,
    }));
  const count = async (gateway: Gateway, sensorId: string): Promise<number> => {
    const path = `/api/readings/${sensorId}?${EVER}&every=1000w`;
    const buckets = (await gateway.json(path)) as { count: number }[];
    return buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  };
  const isGone = (gateway: Gateway, sensorId: string): Promise<true> =>
    until(async () => ((await count(gateway, sensorId)) === 0 ? true : undefined), 'old readings to go');

  it('deletes old readings in small steps and returns their space, while new ones come and stay', async () => {
    const folder = emptyFolder();
    const file = join(folder, 'readings.db');
    const before = await Gateway.start({ DATA_DIR: folder });
    for (let part = 0; part < 20; part += 1)
      await before.post('/api/ingest/batch', batch('old', 18_000_000 + part * 20_000, 10_000));
    await before.settled();
    expect(await count(before, 'old')).toBe(200_000);
    await before.stop();
    const size = statSync(file).size;

    const gateway = await Gateway.start({ DATA_DIR: folder, READINGS_RETENTION: '1h' });
    let fresh = 0;
    for (let left = 1; left > 0; left = await count(gateway, 'old')) {
      const response = await gateway.post('/api/ingest/batch', batch('fresh', 60_000 - fresh, 100));
      expect(await response.json()).toMatchObject({ accepted: 100 });
      fresh += 100;
    }
    await gateway.settled();
    expect(await count(gateway, 'fresh')).toBe(fresh);
    await until(() => (pagesOf(file) * 4096 < size * 0.6 ? true : undefined), 'the space to come back');
    expect((await Scrape.of(gateway)).value('predictionx_readings_removed_total')).toBe(200_000);
    expect((await gateway.stop()).code).toBe(0);
    expect(statSync(file).size).toBeLessThan(size * 0.6);
    const after = await Gateway.start({ DATA_DIR: folder });
    const said = (await after.json('/api/logs')) as { type: string; message: string }[];
    const messages = said.filter(({ message }) => message.startsWith('READINGS_RETENTION'));
    expect(messages.length).toBeGreaterThan(0);
    let sum = 0;
    for (const { type, message } of messages) {
      expect(type).toBe('normal');
      sum += Number(
        /^READINGS_RETENTION \(1h\) removed (\d+) readings in the last \d+ min$/.exec(message)?.[1],
      );
    }
    expect(sum).toBe(200_000);
    await after.stop();
  });

  it('continues to delete as readings grow old', async () => {
    const gateway = await Gateway.start({ READINGS_RETENTION: '1500ms' });
    for (const sensorId of ['first', 'second']) {
      await gateway.post('/api/ingest/batch', batch(sensorId, 0, 100));
      await gateway.settled();
      await isGone(gateway, sensorId);
    }
    expect(await gateway.pipeline()).toMatchObject({ accepted: 200, stored: 200, queued: 0 });
    await gateway.stop();
  });

  it('refuses what is older already, in JSON, batches and line protocol, and keeps the rest', async () => {
    const gateway = await Gateway.start({ READINGS_RETENTION: '30d' });
    const days = (ago: number): number => Date.now() - ago * 86_400_000;
    const reading = (ago: number): object => ({
      sensorId: 's',
      zone: 'z',
      value: ago,
      latencyMs: 1,
      timestamp: new Date(days(ago)).toISOString(),
    });
    const rule = /timestamp must be \S+Z or later, because READINGS_RETENTION is 30d, got /;
    const key = { 'idempotency-key': 'old' };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const one = await gateway.post('/api/ingest', reading(31), key);
      expect([one.status, await one.json()]).toMatchObject([
        400,
        { code: 'TIMESTAMP_TOO_OLD', errors: [{ path: 'timestamp', message: expect.stringMatching(rule) }] },
      ]);
    }
    expect((await gateway.post('/api/ingest', reading(29))).status).toBe(201);
    const batch = await gateway.post('/api/ingest/batch', [reading(28), reading(40), reading(27)]);
    expect(await batch.json()).toMatchObject({
      accepted: 2,
      refused: 1,
      errors: [
        { index: 1, path: 'timestamp', code: 'TIMESTAMP_TOO_OLD', message: expect.stringMatching(rule) },
      ],
    });
    const lines = [26, 50].map((ago) => `sensor_predictions,sensor_id=s,zone=z value=${ago} ${days(ago)}`);
    for (const [path, status] of [
      ['/api/v2/write?precision=ms', 422],
      ['/write?db=x&precision=ms', 400],
    ] as const) {
      const written = await gateway.get(path, { method: 'POST', body: lines.join('\n') });
      expect([written.status, await written.text()]).toEqual([
        status,
        expect.stringMatching(
          /line 2: timestamp must be .*READINGS_RETENTION.*\(TIMESTAMP_TOO_OLD\).*dropped=1/,
        ),
      ]);
    }
    await gateway.settled();
    const kept = (await gateway.json('/api/readings/s?from=-100d')) as { value: number }[];
    expect(kept.map(({ value }) => value)).toEqual([29, 28, 27, 26]);
    expect((await gateway.pipeline()).refused).toEqual({ TIMESTAMP_TOO_OLD: 5 });
    await gateway.stop();
  });

  it('has no effect with InfluxDB, and the log says so', async () => {
    const variables = { INFLUXDB_URL: 'http://127.0.0.1:1', INFLUXDB_TOKEN: 't', INFLUXDB_ORG: 'o' };
    const gateway = await Gateway.start({ ...variables, READINGS_RETENTION: '90d' });
    expect(gateway.output).toMatch(/READINGS_RETENTION 90d has no effect/);
    await gateway.stop();
  });

  it.each(['forever', '90', '0s', '10ms'])('must not be %s', async (value) => {
    const gateway = Gateway.launch({ READINGS_RETENTION: value });
    expect((await gateway.exit()).code).toBe(1);
    expect(gateway.output).toContain('READINGS_RETENTION must be a duration');
  });
});
