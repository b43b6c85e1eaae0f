import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd, InfluxdProcess, onboard } from '../support/influxd.js';
import { fromInfluxDb, settle } from './account.js';
import { Load } from './load.js';

const KILLS = process.env.FAULTS_LONG ? 20 : 3;

describe('a gateway that is killed', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
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
  ])('%s, loses nothing that was acknowledged', async (how, both) => {
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
    const load = new Load(20, 'kill');
    let gateway = await Gateway.start(env);
    const sending = load.send(() => gateway, 4);
    for (let kill = 0; kill < KILLS; kill += 1) {
      await load.untilMore(2_000);
      await server.stop();
      if (both) {
        await gateway.stop('SIGKILL');
        gateway = await Gateway.start({ ...env, PORT: new URL(gateway.url).port });
      }
      await load.untilMore(1_000);
      server = await InfluxdProcess.start(folder, server.port);
      const { stored } = await gateway.pipeline();
      await until(
        async () => ((await gateway.pipeline()).stored > stored ? true : undefined),
        'readings to be stored again',
        60_000,
      );
    }
    load.stop();
    await sending;
    await settle(`kill -9 of InfluxDB, ${KILLS} times, ${how}`, load, gateway, fromInfluxDb(env, server.url));
    await gateway.stop();
    await server.discard();
  });
});
