import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { expectCountersToMatch, fromGateway, fromInfluxDb, type ReadBack, settle, Watch } from './account.js';
import { type Fault, FaultProxy } from './fault-proxy.js';
import { Load } from './load.js';

const KILLS = process.env.FAULTS_LONG ? 50 : 10;
const SENSORS = 20;
const SENDERS = 8;

const FAULTS: readonly Fault[] = [
  { kind: 'reset after' },
  { kind: 'stall' },
  { kind: 'answer', status: 503 },
  { kind: 'trickle' },
  { kind: 'reset before' },
  { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
];

describe('a gateway that gets readings by every route', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  /** Kills the gateway again and again, at random moments. */
  const killAgainAndAgain = async (
    variables: Record<string, string>,
    between: (kill: number) => Promise<void>,
  ): Promise<{ load: Load; gateway: Gateway }> => {
    const env = { ...variables, DATA_DIR: emptyFolder() };
    const load = new Load(SENSORS, 'chaos');
    let gateway = await Gateway.start(env);
    const sending = load.send(() => gateway, SENDERS);
    const watch = new Watch(() => gateway, load);
    for (let kill = 0; kill < KILLS; kill += 1) {
      await between(kill);
      await load.untilMore(1 + Math.floor(Math.random() * 2_000));
      await gateway.stop('SIGKILL');
      gateway = await Gateway.start({ ...env, PORT: new URL(gateway.url).port });
    }
    await load.untilMore(1_000);
    load.stop();
    await sending;
    await watch.stop();
    expect(watch.wrong).toEqual([]);
    expect(watch.samples).toBeGreaterThan(KILLS);
    expect(load.ledger.refused.size).toBe(0);
    return { load, gateway };
  };

  const settleAndStop = async (fault: string, load: Load, gateway: Gateway, readBack: ReadBack) => {
    await expectCountersToMatch(await settle(fault, load, gateway, readBack), gateway);
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
  };

  it('loses nothing when it is killed while InfluxDB is in another trouble each time', async () => {
    const proxy = await FaultProxy.start(influxd.url);
    const env = influxd.variables(await influxd.createBucket());
    const variables = { ...env, INFLUXDB_URL: proxy.url, STORE_TIMEOUT: '500ms' };
    const { load, gateway } = await killAgainAndAgain(variables, async (kill) => {
      await proxy.comeBack();
      proxy.heal();
      const fault = FAULTS[kill % (FAULTS.length + 1)];
      if (!fault) return proxy.leave();
      proxy.set(fault);
      await until(() => (proxy.acted > 0 ? true : undefined), `a write to meet ${fault.kind}`);
    });
    await proxy.comeBack();
    proxy.heal();
    const fault = `kill -9 of the gateway, ${KILLS} times, with InfluxDB in another trouble each time`;
    await settleAndStop(fault, load, gateway, fromInfluxDb(env, influxd.url));
    await proxy.stop();
  });

  it('loses nothing when it is killed over the embedded store', async () => {
    const { load, gateway } = await killAgainAndAgain({}, () => Promise.resolve());
    const sensorIds = Array.from({ length: SENSORS }, (_, sensor) => `chaos${sensor}`);
    const fault = `kill -9 of the gateway, ${KILLS} times, every route, embedded store`;
    await settleAndStop(
      fault,
      load,
      gateway,
      fromGateway(() => gateway, sensorIds),
    );
  });
});
