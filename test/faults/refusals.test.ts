import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { expectCountersToMatch, fromInfluxDb, type Row, settle } from './account.js';
import { type Fault, FaultProxy } from './fault-proxy.js';
import { Load } from './load.js';

const SENSORS = 20;
/** One sensor in twenty sends what the proxy makes InfluxDB refuse. */
const isPoison = (line: string): boolean => line.includes('sensor_id=r7,');
const linesOf = (body: string): string[] => body.split('\n');
const poisonIn = (body: string): boolean => linesOf(body).some(isPoison);
const json = { 'content-type': 'application/json' };

const answer = (status: number, message: (body: string) => string): Fault => ({
  kind: 'answer',
  status,
  headers: json,
  body: (body) => JSON.stringify({ code: 'invalid', message: message(body) }),
});

describe('an InfluxDB that refuses some lines for good', () => {
  let influxd: Influxd;
  let proxy: FaultProxy;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  beforeEach(async () => {
    proxy = await FaultProxy.start(influxd.url);
  });
  afterEach(async () => {
    await proxy.stop();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  /** A run of single readings, batches and lines while the proxy does what it is set to. */
  const runWith = async (
    name: string,
    { load = new Load(SENSORS, 'r'), retentionSeconds = 0 } = {},
  ): Promise<{ row: Row; gateway: Gateway }> => {
    const env = influxd.variables(await influxd.createBucket(retentionSeconds));
    const gateway = await Gateway.start({ ...env, INFLUXDB_URL: proxy.url, STORE_TIMEOUT: '2s' });
    const sending = load.send(() => gateway, 4);
    await load.untilMore(3_000);
    load.stop();
    await sending;
    const row = await settle(name, load, gateway, fromInfluxDb(env, influxd.url));
    await expectCountersToMatch(row, gateway);
    return { row, gateway };
  };
  const poisonOf = ({ acknowledged }: Row): number => Math.ceil(acknowledged / SENSORS);

  it.each<[string, Fault]>([
    [
      'with a 400 that names them',
      answer(400, (body) =>
        linesOf(body)
          .filter(isPoison)
          .map((line) => `unable to parse '${line}': invalid number`)
          .join('\n'),
      ),
    ],
    ['with a 400 that names nothing', answer(400, () => 'bad request')],
    ['with a 422 that does not say which', answer(422, () => 'unprocessable entity')],
    [
      'with a 422 that says how many',
      answer(422, (body) => {
        const dropped = linesOf(body).filter(isPoison).length;
        return `failure writing points to database: partial write: field type conflict: input field "value" on measurement "sensor_predictions" is type float, already exists as type integer dropped=${dropped}`;
      }),
    ],
  ])('%s: these become dead letters and all others are stored', async (how, fault) => {
    proxy.set(fault, { when: poisonIn });
    const { row, gateway } = await runWith(`InfluxDB refuses some lines ${how}`);
    // A sensor's share may differ by a request that was in flight at the end.
    expect(Math.abs(row.deadLettered - poisonOf(row))).toBeLessThanOrEqual(2);
    const events = (await gateway.json('/api/logs?limit=100')) as { message: string }[];
    expect(events.filter(({ message }) => /dead letter|refuse/i.test(message))).toHaveLength(1);
    await gateway.stop();
  });

  it('with 413 for more than 40 lines: smaller writes bring all of them', async () => {
    proxy.set({ kind: 'answer', status: 413 }, { when: (body) => linesOf(body).length > 40 });
    const { row, gateway } = await runWith('InfluxDB answers 413 to more than 40 lines');
    expect(proxy.acted).toBeGreaterThan(0);
    expect(row.deadLettered).toBe(0);
    await gateway.stop();
  });

  it('with 413 for some lines even when they come alone: only these become dead letters', async () => {
    proxy.set({ kind: 'answer', status: 413 }, { when: poisonIn });
    const { row, gateway } = await runWith('InfluxDB answers 413 to single lines');
    expect(row.deadLettered).toBeGreaterThan(0);
    expect(Math.abs(row.deadLettered - poisonOf(row))).toBeLessThanOrEqual(2);
    await gateway.stop();
  });

  it('by its own retention, old and fresh in one request: each old one is one dead letter', async () => {
    const retentionSeconds = 7 * 86_400;
    // The readings go up to the boundary and beyond it: old at first, fresh later, all in the same batches.
    const load = new MixedAges('r', retentionSeconds);
    const { row, gateway } = await runWith('InfluxDB refuses old readings beside fresh ones', {
      load,
      retentionSeconds,
    });
    expect(row.deadLettered).toBe(load.oldAcknowledged);
    expect(row.stored).toBe(row.acknowledged - load.oldAcknowledged);
    // InfluxDB names the bound, so one write finds out all that is old in it, and nothing is searched by halves.
    const refusedWrites = proxy.seen.filter(({ lines }) => linesOf(lines).some(isOldLine)).length;
    expect(refusedWrites).toBeLessThan(load.oldAcknowledged / 2);

    // Refused again, they are dead letters again, and there are no more of them than before.
    const replayed = await gateway.post('/api/dead-letters/replay', {});
    expect(await replayed.json()).toMatchObject({ success: true, replayed: row.deadLettered });
    await gateway.settled();
    await expectCountersToMatch(row, gateway);
    await gateway.stop();
  });

  it('for a while: what was refused arrives by a replay, once', async () => {
    proxy.set(
      answer(400, () => 'bad request'),
      { when: poisonIn },
    );
    const load = new Load(SENSORS, 'r');
    const env = influxd.variables(await influxd.createBucket());
    const gateway = await Gateway.start({ ...env, INFLUXDB_URL: proxy.url });
    for (let batch = 0; batch < 5; batch += 1) await load.sendBatch(gateway, 400);
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 2_000, stored: 1_900, deadLettered: 100 });
    proxy.heal();
    // The gateway is killed during the replay: nothing of it is lost, and nothing is stored twice.
    proxy.set({ kind: 'reset after' });
    await gateway.post('/api/dead-letters/replay', {});
    await until(() => (proxy.acted > 0 ? true : undefined), 'the replay to reach InfluxDB');
    await gateway.stop('SIGKILL');
    proxy.heal();
    const second = await Gateway.start({ ...env, INFLUXDB_URL: proxy.url, DATA_DIR: gateway.dataDir });
    const name = 'dead letters replayed, the 204 lost, kill -9';
    const row = await settle(name, load, second, fromInfluxDb(env, influxd.url));
    expect(row).toMatchObject({ stored: 2_000, deadLettered: 0 });
    await expectCountersToMatch(row, second);
    await second.stop();
  });

  it('is not asked again before its Retry-After is over', async () => {
    proxy.set({ kind: 'answer', status: 429, headers: { 'retry-after': '2' } }, { times: 2 });
    const env = influxd.variables(await influxd.createBucket());
    const gateway = await Gateway.start({ ...env, INFLUXDB_URL: proxy.url });
    // One sensor, one lane: its writes come one after the other.
    const load = new Load(1, 'alone');
    await load.sendBatch(gateway, 100);
    const row = await settle(
      'InfluxDB answers 429 with Retry-After 2',
      load,
      gateway,
      fromInfluxDb(env, influxd.url),
    );
    expect(row.stored).toBe(100);
    const [first = NaN, second = NaN, third = NaN] = proxy.seen.map(({ atMs }) => atMs);
    expect(Math.min(second - first, third - second)).toBeGreaterThanOrEqual(1_990);
    await gateway.stop();
  });
});

/** Every second reading is older than the retention. */
class MixedAges extends Load {
  private readonly shiftMs: number;

  constructor(prefix: string, retentionSeconds: number) {
    super(SENSORS, prefix, Date.now() - 3_600_000);
    this.shiftMs = (retentionSeconds + 10 * 86_400) * 1_000;
  }

  override next(size: number): ReturnType<Load['next']> {
    return super
      .next(size)
      .map((reading) =>
        isOld(reading.value) ? { ...reading, timestamp: reading.timestamp - this.shiftMs } : reading,
      );
  }

  get oldAcknowledged(): number {
    return [...this.ledger.acknowledged.values()].filter(isOld).length;
  }
}

function isOldLine(line: string): boolean {
  return isOld(Number(/[ ,]value=(\d+)/.exec(line)?.[1]));
}

function isOld(value: number): boolean {
  return value % 2 === 0;
}
