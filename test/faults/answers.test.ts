import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { fromInfluxDb, settle } from './account.js';
import { type Fault, FaultProxy } from './fault-proxy.js';
import { Load } from './load.js';

/** Batches of 10,000 old readings. */
const BATCHES = process.env.FAULTS_LONG ? 10 : 2;
const ROUNDS = 5;
/** A rate is measured for so long at least: what is stored is counted in steps. */
const RATE_MS = 1_000;

describe('an InfluxDB whose answers go wrong', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  const json = { 'content-type': 'application/json' };
  it.each<[string, Fault]>([
    ['never answers', { kind: 'stall' }],
    ['trickles its answer', { kind: 'trickle' }],
    ['resets before the body', { kind: 'reset before' }],
    ['resets after the body, the 204 lost', { kind: 'reset after' }],
    [
      'answers 401',
      { kind: 'answer', status: 401, headers: json, body: '{"code":"unauthorized","message":"no"}' },
    ],
    [
      'answers 404',
      { kind: 'answer', status: 404, headers: json, body: '{"code":"not found","message":"no"}' },
    ],
    ['answers 408', { kind: 'answer', status: 408 }],
    ['answers 429 with Retry-After', { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }],
    ['answers 500', { kind: 'answer', status: 500 }],
    ['answers 503', { kind: 'answer', status: 503 }],
  ])('and that %s, gets all of it once it is well', async (name, fault) => {
    const proxy = await FaultProxy.start(influxd.url);
    const env = influxd.variables(await influxd.createBucket());
    const gateway = await Gateway.start({ ...env, INFLUXDB_URL: proxy.url, STORE_TIMEOUT: '1s' });
    const load = new Load(10, 'answer');
    const sending = load.send(() => gateway, 4);
    await load.untilMore(1_000);
    proxy.set(fault);
    await until(() => (proxy.acted >= 4 ? true : undefined), 'the fault to be met');
    await load.untilMore(1_000);
    load.stop();
    await sending;
    const { queued, deadLettered } = await gateway.pipeline();
    expect(queued).toBeGreaterThan(0);
    expect(deadLettered).toBe(0);
    proxy.heal();
    await settle(`InfluxDB ${name}`, load, gateway, fromInfluxDb(env, influxd.url));
    await gateway.stop();
    await proxy.stop();
  });

  it('and that refuses old readings, stores fresh ones at no less than half their rate', async () => {
    const gateway = await Gateway.start(influxd.variables(await influxd.createBucket(7 * 86_400)));
    const fresh = new Load(10, 'fresh', Date.now() - 3_600_000);
    const stored = async (): Promise<number> => (await gateway.pipeline()).stored;
    const rate = async (): Promise<number> => {
      const [before, from] = [await stored(), Date.now()];
      await until(
        async () => (Date.now() - from >= RATE_MS && (await stored()) > before + 5_000 ? true : undefined),
        'fresh readings',
      );
      return ((await stored()) - before) / (Date.now() - from);
    };
    const old = new Load(10, 'old', Date.UTC(2020, 0, 1));
    const rates: { usual: number[]; flooded: number[] } = { usual: [], flooded: [] };
    for (let round = 1; round <= ROUNDS; round += 1) {
      let sending = true;
      const send = async (): Promise<void> => {
        while (sending) await fresh.sendBatch(gateway, 50);
      };
      const senders = [send(), send()];
      rates.usual.push(await rate());
      for (let batch = 0; batch < BATCHES; batch += 1) await old.sendBatch(gateway, 10_000);
      rates.flooded.push(await rate());
      sending = false;
      await Promise.all(senders);
      // A backlog would be stored faster than readings are sent, and shows a rate that is not theirs.
      await gateway.settled(120_000);
    }
    const [usual, flooded] = [median(rates.usual), median(rates.flooded)];
    console.log(
      `fresh readings stored per ms, beside ${BATCHES * 10_000} old ones: ${JSON.stringify({ usual, flooded, share: flooded / usual })}`,
    );
    expect(flooded / usual).toBeGreaterThan(0.5);
    expect(await gateway.pipeline()).toMatchObject({
      accepted: fresh.ledger.acknowledged.size + ROUNDS * BATCHES * 10_000,
      stored: fresh.ledger.acknowledged.size,
      deadLettered: ROUNDS * BATCHES * 10_000,
    });
    await gateway.stop();
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
