import { emptyFolder } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { addRow, fromInfluxDb, type Point } from './account.js';
import { type Fault, FaultProxy } from './fault-proxy.js';

const ROUNDS = process.env.FAULTS_LONG ? 40 : 6;
/** Acknowledged ones, in each round. */
const READINGS = 1_000;
const POINTS = 40;
const TIMESTAMP_MS = Date.UTC(2026, 0, 30);

const FAULTS: readonly Fault[] = [
  { kind: 'reset after' },
  { kind: 'stall' },
  { kind: 'answer', status: 500 },
  { kind: 'reset before' },
];

describe('a point that is overwritten many times', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  it('ends with the value acknowledged last, whatever happens to writes and to the gateway', async () => {
    const proxy = await FaultProxy.start(influxd.url);
    const env = {
      ...influxd.variables(await influxd.createBucket()),
      DATA_DIR: emptyFolder(),
      STORE_TIMEOUT: '500ms',
    };
    const variables = { ...env, INFLUXDB_URL: proxy.url };
    let gateway = await Gateway.start(variables);
    const points = Array.from({ length: POINTS }, (_, index) => new Overwritten(`o${index}`));
    const acknowledged = (): number => points.reduce((sum, point) => sum + point.acknowledged, 0);
    const readBack = fromInfluxDb(env, influxd.url);
    let wrong: string[] = [];
    let stored: Point[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      // Every second write fails, and writing ends meanwhile: later writes would hide a wrong order.
      let writes = 0;
      proxy.set(FAULTS[round % FAULTS.length] ?? { kind: 'pass' }, { when: () => (writes += 1) % 2 === 0 });
      const enough = acknowledged() + READINGS;
      await Promise.all(points.map((point) => point.write(gateway, () => acknowledged() >= enough)));
      if (round % 3 === 0) {
        await gateway.stop('SIGKILL');
        gateway = await Gateway.start(variables);
      }
      proxy.heal();
      await gateway.settled(60_000);
      stored = await readBack();
      const valueOf = new Map(stored.map(({ sensorId, value }) => [sensorId, value]));
      wrong = [...wrong, ...points.flatMap((point) => point.complaint(valueOf.get(point.sensorId)))];
    }
    addRow({
      fault: `${POINTS} points overwritten, every second write going wrong, ${ROUNDS} rounds`,
      acknowledged: acknowledged(),
      stored: stored.length,
      deadLettered: 0,
      lost: wrong.length,
      duplicated: stored.length - POINTS,
      refused: 0,
    });
    expect(wrong).toEqual([]);
    expect(stored).toHaveLength(POINTS);
    await gateway.stop();
    await proxy.stop();
  });
});

/** One point, whose writer sends the next value only when it knows what became of the one before. */
class Overwritten {
  acknowledged = 0;
  private lastAcknowledged = 0;
  /** Sent after that, with an unknown outcome. */
  private later: number[] = [];
  private value = 0;

  constructor(readonly sensorId: string) {}

  async write(gateway: Gateway, enough: () => boolean): Promise<void> {
    while (!enough()) {
      this.value += 1;
      const reading = { sensorId: this.sensorId, zone: 'z', latencyMs: 1, timestamp: TIMESTAMP_MS };
      const response = await gateway
        .post('/api/ingest', { ...reading, value: this.value })
        .catch(() => undefined);
      await response?.text().catch(() => undefined);
      if (response?.ok) {
        this.acknowledged += 1;
        this.lastAcknowledged = this.value;
        this.later = [];
      } else this.later.push(this.value);
    }
  }

  /** @returns what is wrong with the value that is stored: nothing, or one sentence */
  complaint(stored: number | undefined): string[] {
    if (stored === this.lastAcknowledged || this.later.some((one) => one === stored)) return [];
    return [`${this.sensorId}: ${this.lastAcknowledged} was acknowledged, ${stored ?? 'nothing'} is stored`];
  }
}
