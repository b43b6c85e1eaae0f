import { readFileSync } from 'node:fs';

import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { InfluxdProcess, onboard } from '../support/influxd.js';
import { fromInfluxDb, settle } from './account.js';
import { Load } from './load.js';

const READINGS = process.env.FAULTS_LONG ? 200_000 : 30_000;

describe('an InfluxDB that is not there', () => {
  let folder: string;
  let port: number;
  let env: Record<string, string>;

  beforeEach(async () => {
    folder = emptyFolder();
    const server = await InfluxdProcess.start(folder);
    const { token, org, bucket } = await onboard(server.url);
    ({ port } = server);
    env = { INFLUXDB_URL: server.url, INFLUXDB_TOKEN: token, INFLUXDB_ORG: org, INFLUXDB_BUCKET: bucket };
    await server.stop();
  });

  it('for a whole run, costs neither readings nor memory, and gets all readings when it comes back', async () => {
    const gateway = await Gateway.start(env);
    const load = new Load(50, 's');
    const sending = load.send(() => gateway, 4);
    // The first part fills the buffers that are full after any amount.
    await load.untilMore(READINGS / 3);
    const warm = residentMegabytes(gateway.pid);
    const from = { count: load.ledger.acknowledged.size, at: Date.now() };
    await load.untilMore((READINGS * 2) / 3);
    const rate = (load.ledger.acknowledged.size - from.count) / (Date.now() - from.at);
    load.stop();
    await sending;
    const grown = residentMegabytes(gateway.pid) - warm;
    const newest = [...load.ledger.acknowledged].filter(([key]) => key.startsWith('s7 ')).at(-1);
    const latest = await gateway.json('/api/latest/s7');
    const { queued, store } = await gateway.pipeline();
    expect([queued, store]).toEqual([load.ledger.acknowledged.size, 'down']);

    const server = await InfluxdProcess.start(folder, port);
    const back = Date.now();
    await gateway.settled(120_000);
    const drained = load.ledger.acknowledged.size / (Date.now() - back);
    await settle('InfluxDB absent for the whole run', load, gateway, fromInfluxDb(env, server.url));
    console.log(
      `accepted ${rate.toFixed(1)}/ms, drained ${drained.toFixed(1)}/ms, grown by ${grown.toFixed(0)} MB`,
    );
    expect(latest).toMatchObject({ found: true, stale: true, sensorId: 's7' });
    expect((latest as { value: number }).value).toBeGreaterThanOrEqual(
      (newest?.[1] ?? Infinity) - 50 * 4 * 50,
    );
    expect(grown).toBeLessThan(50);
    await gateway.stop();
    await server.discard();
  });

  it('fills the journal, which then refuses readings, answers queries, and accepts again by itself', async () => {
    const gateway = await Gateway.start({ ...env, JOURNAL_MAX_BYTES: String(1 << 20) });
    const load = new Load(10, 's');
    while (await load.sendBatch(gateway, 100));
    const refusal = await gateway.post('/api/ingest/batch', load.next(100));
    expect(refusal.status).toBe(503);
    expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const { queued, journalBytes, refused } = await gateway.pipeline();
    expect([queued, journalBytes <= 1 << 20]).toEqual([load.ledger.acknowledged.size, true]);
    expect(Object.keys(refused)).toEqual(['JOURNAL_FULL']);
    expect(await gateway.json('/api/latest/s1')).toMatchObject({ found: true, stale: true });

    const server = await InfluxdProcess.start(folder, port);
    await until(
      async () => ((await load.sendBatch(gateway, 100)) ? true : undefined),
      'readings to be accepted again',
    );
    await settle('journal full', load, gateway, fromInfluxDb(env, server.url));
    await gateway.stop();
    await server.discard();
  });

  it('does not let an old value overwrite a newer one of the same point', async () => {
    const first = await Gateway.start(env);
    const reading = { zone: 'z', latencyMs: 1, timestamp: Date.now() - 60_000 };
    const overwrite = async (gateway: Gateway, value: number): Promise<void> => {
      for (let sensor = 0; sensor < 20; sensor += 1)
        await gateway.post('/api/ingest', { ...reading, sensorId: `s${sensor}`, value });
    };
    for (let value = 1; value <= 20; value += 1) await overwrite(first, value);
    const server = await InfluxdProcess.start(folder, port);
    for (let value = 21; value <= 40; value += 1) await overwrite(first, value);
    await first.stop('SIGKILL');
    const second = await Gateway.start({ ...env, DATA_DIR: first.dataDir });
    for (let value = 41; value <= 50; value += 1) await overwrite(second, value);
    await second.settled();
    for (let sensor = 0; sensor < 20; sensor += 1)
      expect(await second.json(`/api/readings/s${sensor}`)).toEqual([expect.objectContaining({ value: 50 })]);
    await second.stop();
    await server.discard();
  });
});

function residentMegabytes(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
