import { emptyFolder } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { addRow, fromInfluxDb } from './account.js';
import { type Fault, FaultProxy } from './fault-proxy.js';

const KILLS = process.env.FAULTS_LONG ? 20 : 4;
const POINTS = 40;
const TIMESTAMP_MS = Date.UTC(2026, 0, 30);

const FAULTS: readonly Fault[] = [
  { kind: 'reset after' },
  { kind: 'stall' },
  { kind: 'answer', status: 500 },
  { kind: 'reset before' },
];

describe('one point, written again and again', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  it('has the value that was acknowledged last, whatever happens to writes and to the gateway', async () => {
    const proxy = await FaultProxy.start(influxd.url);
    const env = {
      ...influxd.variables(await influxd.createBucket()),
      DATA_DIR: emptyFolder(),
      STORE_TIMEOUT: '500ms',
    };
    let gateway = await Gateway.start({ ...env, INFLUXDB_URL: proxy.url });
    const points = Array.from({ length: POINTS }, (_, index) => new Overwritten(`o${index}`));
    const writing = points.map((point) => point.write(() => gateway));
    const acknowledged = (): number => points.reduce((sum, point) => sum + point.acknowledged, 0);
    const untilMore = async (count: number): Promise<void> => {
      const enough = acknowledged() + count;
      while (acknowledged() < enough) await Promise.race(points.map((point) => point.next()));
    };
    for (let kill = 0; kill < KILLS; kill += 1) {
      // Every third write goes wrong, so that old and new values of a point are under way by turns.
      let writes = 0;
      const fault = FAULTS[kill % FAULTS.length] ?? { kind: 'pass' };
      proxy.set(fault, { when: () => (writes += 1) % 3 === 0 });
      await untilMore(1_000);
      proxy.heal();
      await untilMore(200);
      await gateway.stop('SIGKILL');
      gateway = await Gateway.start({ ...env, INFLUXDB_URL: proxy.url, PORT: new URL(gateway.url).port });
    }
    for (const point of points) point.stop();
    await Promise.all(writing);
    await gateway.settled(60_000);

    const stored = await fromInfluxDb(env, influxd.url)();
    const valueOf = new Map(stored.map(({ sensorId, value }) => [sensorId, value]));
    const wrong = points.filter((point) => !point.admits(valueOf.get(point.sensorId)));
    addRow({
      fault: `${POINTS} points overwritten, every third write going wrong, ${KILLS} times kill -9`,
      acknowledged: acknowledged(),
      stored: stored.length,
      deadLettered: 0,
      lost: wrong.length,
      duplicated: stored.length - POINTS,
      refused: 0,
    });
    expect(wrong.map((point) => [point.describe(), valueOf.get(point.sensorId)])).toEqual([]);
    expect(stored).toHaveLength(POINTS);
    await gateway.stop();
    await proxy.stop();
  });
});

/** One point, whose writer sends the next value only when it knows, or gave up, what became of the one before. */
class Overwritten {
  acknowledged = 0;
  private lastAcknowledged = 0;
  /** Sent after that, and nobody said what became of them. */
  private later: number[] = [];
  private value = 0;
  private stopped = false;
  private listeners: (() => void)[] = [];

  constructor(readonly sensorId: string) {}

  async write(gateway: () => Gateway): Promise<void> {
    while (!this.stopped) {
      this.value += 1;
      const reading = { sensorId: this.sensorId, zone: 'z', latencyMs: 1, timestamp: TIMESTAMP_MS };
      const response = await gateway()
        .post('/api/ingest', { ...reading, value: this.value })
        .catch(() => undefined);
      if (response?.ok) {
        this.acknowledged += 1;
        this.lastAcknowledged = this.value;
        this.later = [];
      } else {
        this.later.push(this.value);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      for (const listener of this.listeners.splice(0)) listener();
      await response?.text().catch(() => undefined);
    }
  }

  /** Returns when the next write was answered. */
  next(): Promise<void> {
    return new Promise((resolve) => this.listeners.push(resolve));
  }

  stop(): void {
    this.stopped = true;
  }

  describe(): string {
    return `${this.sensorId}: ${this.lastAcknowledged} acknowledged, then sent ${this.later.join(', ')}`;
  }

  admits(value: number | undefined): boolean {
    return value === this.lastAcknowledged || this.later.some((one) => one === value);
  }
}
