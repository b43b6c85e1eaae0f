import { Account } from '../support/account.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd, InfluxdProcess, onboard } from '../support/influxd.js';

const KILLS = process.env.FAULTS_LONG ? 50 : 8;

describe('a gateway that is killed', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  it.each([
    ['InfluxDB', async () => influxd.variables(await influxd.createBucket())],
    ['the embedded store', () => Promise.resolve({})],
  ])('loses nothing it acknowledged, over %s', async (home, variables) => {
    const env = { ...(await variables()), DATA_DIR: emptyFolder() };
    const account = new Account(20);
    let gateway = await Gateway.start(env);
    const sending = [account.send(() => gateway, 1, 8), account.send(() => gateway, 50, 2)];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = account.acknowledged.size;
      const random = Math.floor(Math.random() * 1_500);
      await account.until(before + random + 1);
      await gateway.stop('SIGKILL');
      gateway = await Gateway.start({ ...env, PORT: new URL(gateway.url).port });
      const { accepted, stored, queued, deadLettered } = await gateway.pipeline();
      expect(accepted).toBe(stored + queued + deadLettered);
    }
    account.stop();
    await Promise.all(sending);
    await account.settle(`kill -9 of the gateway, ${KILLS} times, over ${home}`, gateway);
    await gateway.stop();
  });

  it('answers what is under way when it is told to stop, within 10 s, and loses nothing', async () => {
    const env = { ...influxd.variables(await influxd.createBucket()), DATA_DIR: emptyFolder() };
    const account = new Account(20);
    const first = await Gateway.start(env);
    const sending = account.send(() => first, 10, 8);
    await account.until(2_000);
    const before = Date.now();
    account.stop();
    expect(await first.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(Date.now() - before).toBeLessThan(10_000);
    await sending;
    const second = await Gateway.start(env);
    const entries = (await second.json('/api/logs')) as { message: string }[];
    expect(entries.filter(({ message }) => message.includes('unclean'))).toEqual([]);
    await account.settle('SIGTERM under load', second);
    await second.stop();
  });

  it('keeps the answers of requests with an Idempotency-Key, byte for byte', async () => {
    const env = { ...influxd.variables(await influxd.createBucket()), DATA_DIR: emptyFolder() };
    const first = await Gateway.start(env);
    const reading = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
    const send = async (gateway: Gateway, key: number): Promise<string> =>
      (
        await gateway.post('/api/ingest', { ...reading, value: key }, { 'idempotency-key': `key ${key}` })
      ).text();
    const keys = Array.from({ length: 700 }, (_, key) => key);
    const answers = await Promise.all(keys.map((key) => send(first, key)));
    await first.stop('SIGKILL');
    const second = await Gateway.start(env);
    expect(await Promise.all(keys.map((key) => send(second, key)))).toEqual(answers);
    await second.settled();
    const { accepted, stored } = await second.pipeline();
    expect([accepted, stored]).toEqual([700, 700]);
    expect(await second.json('/api/readings/s?limit=10000')).toHaveLength(700);
    await second.stop();
  });
});

describe('an InfluxDB that is killed', () => {
  it.each([
    ['alone', false],
    ['together with the gateway', true],
  ])('%s, takes nothing along that was acknowledged', async (how, both) => {
    const folder = emptyFolder();
    let server = await InfluxdProcess.start(folder);
    const { token, org, bucket } = await onboard(server.url);
    const env = {
      INFLUXDB_URL: server.url,
      INFLUXDB_TOKEN: token,
      INFLUXDB_ORG: org,
      INFLUXDB_BUCKET: bucket,
      DATA_DIR: emptyFolder(),
    };
    const account = new Account(20);
    let gateway = await Gateway.start(env);
    const sending = account.send(() => gateway, 20, 4);
    for (let kill = 0; kill < 3; kill += 1) {
      await account.until(account.acknowledged.size + 2_000);
      await server.stop();
      if (both) {
        await gateway.stop('SIGKILL');
        gateway = await Gateway.start({ ...env, PORT: new URL(gateway.url).port });
      }
      await account.until(account.acknowledged.size + 1_000);
      server = await InfluxdProcess.start(folder, server.port);
      const { stored } = await gateway.pipeline();
      await until(
        async () => ((await gateway.pipeline()).stored > stored ? true : undefined),
        'readings to be stored again',
        60_000,
      );
    }
    account.stop();
    await sending;
    await account.settle(`kill -9 of InfluxDB, 3 times, ${how}`, gateway);
    await gateway.stop();
    await server.discard();
  });
});
