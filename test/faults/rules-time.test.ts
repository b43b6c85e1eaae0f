import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ShiftedClock } from '../support/shifted-clock.js';

interface LogEntry {
  readonly time: string;
  readonly type: string;
  readonly message: string;
  readonly ruleId?: string;
}

const HOUR_S = 3_600;
const DECADE_S = 10 * 365 * 86_400;
const SEND_MS = 500;
const SILENT_S = 12;
const FOR_S = 13;
const OFF_S = 600;
const RATE = 50;
/** What a crash may take of the running time, and the rules and the test need until they notice. */
const LATE_MS = 3_000;
/** The rules' time goes on shortly before the gateway listens. */
const EARLY_MS = 500;

/** Sums up the time in which a gateway accepts readings. */
class RunningTime {
  private doneMs = 0;
  private begunMs: number | undefined;

  started(): void {
    this.begunMs = performance.now();
  }

  killed(): void {
    this.doneMs = this.ms;
    this.begunMs = undefined;
  }

  get ms(): number {
    return this.doneMs + (this.begunMs === undefined ? 0 : performance.now() - this.begunMs);
  }
}

describe('rules of a gateway whose clock leaps', () => {
  it.each([
    ['+2 h', 2 * HOUR_S],
    ['+10 years', DECADE_S],
    ['-2 h', -2 * HOUR_S],
  ])('by %s and back, with kill -9 in between, report what happened, when it did', async (_, leapS) => {
    const clock = await ShiftedClock.create();
    const env = { DATA_DIR: emptyFolder(), ...clock.variables };
    const running = new RunningTime();
    let gateway = await Gateway.start(env);
    running.started();
    const make = async (rule: object): Promise<string> => {
      const response = await gateway.post('/api/rules', rule);
      expect(response.status).toBe(201);
      return ((await response.json()) as { id: string }).id;
    };
    const ids = {
      silent: await make({ kind: 'silent', afterSeconds: SILENT_S }),
      rate: await make({ kind: 'rate', perSecond: RATE }),
      above: await make({ kind: 'above', threshold: 1_000, forSeconds: FOR_S }),
    };
    const entries = async (rule: keyof typeof ids): Promise<string[]> => {
      const path = `/api/logs?ruleId=${ids[rule]}&from=0&to=2100-01-01T00:00:00Z`;
      return ((await gateway.json(path)) as LogEntry[]).map(({ message }) => message);
    };
    /** When it was sent, by the running time. */
    const send = async (sensorId: string, value: number): Promise<number> => {
      const reading = { sensorId, zone: 'z', latencyMs: 1, value };
      const { ms } = running;
      expect((await gateway.post('/api/ingest', reading)).status).toBe(201);
      return ms;
    };
    let fast = 0;
    let slow = 0;
    const sendAll = async (): Promise<void> => {
      await send('slow', (slow = 5 - slow));
      await send('fast', fast);
      await send('hot', 2_000);
    };
    const sendFor = async (seconds: number): Promise<void> => {
      for (const end = running.ms + seconds * 1_000; running.ms < end;) {
        await sendAll();
        await sleep(SEND_MS);
      }
    };

    const quietMs = await send('quiet', 1);
    const hotMs = await send('hot', 2_000);
    await sendFor(1.5);
    clock.set(leapS);
    // The change across the leap is as fast as it looks, and no faster.
    fast = 100;
    await sendFor(1.5);
    expect(await entries('silent')).toEqual([]);
    expect(await entries('above')).toEqual([]);
    const changed = (await entries('rate')).filter((message) => message.startsWith('fast changes by'));
    expect(changed).toHaveLength(1);
    const [, perSecond] = /changes by ([\d.]+) a second/.exec(changed[0] ?? '') ?? [];
    expect(Number(perSecond)).toBeGreaterThan(100 / 5);
    expect(Number(perSecond)).toBeLessThan((100 / SEND_MS) * 1_000 * 1.1);

    await gateway.stop('SIGKILL');
    running.killed();
    clock.set(OFF_S);
    gateway = await Gateway.start(env);
    running.started();
    expect(await entries('silent')).toEqual([]);

    const noticed = { silent: NaN, above: NaN };
    await until(async () => {
      await sendAll();
      for (const rule of ['silent', 'above'] as const)
        if (Number.isNaN(noticed[rule]) && (await entries(rule)).length > 0) noticed[rule] = running.ms;
      await sleep(SEND_MS);
      return Number.isNaN(noticed.silent + noticed.above) ? undefined : true;
    }, 'the rules to report');
    expect(await entries('silent')).toEqual([expect.stringMatching(/^quiet is silent/)]);
    expect(await entries('above')).toEqual([expect.stringMatching(/^hot is above/)]);
    const waited = { silent: noticed.silent - quietMs, above: noticed.above - hotMs };
    expect(waited.silent).toBeGreaterThan(SILENT_S * 1_000 - EARLY_MS);
    expect(waited.silent).toBeLessThan(SILENT_S * 1_000 + LATE_MS);
    expect(waited.above).toBeGreaterThan(FOR_S * 1_000 - EARLY_MS);
    expect(waited.above).toBeLessThan(FOR_S * 1_000 + LATE_MS);
    const [silence] = (await gateway.json(`/api/logs?ruleId=${ids.silent}`)) as LogEntry[];
    expect(Math.abs(Date.parse(silence?.time ?? '') - clock.nowMs)).toBeLessThan(LATE_MS);
    const changes = (await entries('rate')).filter((message) => message.startsWith('fast changes'));
    expect(changes).toHaveLength(1);
    expect((await entries('rate')).filter((message) => message.startsWith('slow'))).toEqual([]);
    await gateway.stop();
  });
});

describe('a device whose clock is ahead', () => {
  it('is reported once, also when the gateway is killed', async () => {
    const env = { DATA_DIR: emptyFolder() };
    let gateway = await Gateway.start(env);
    for (let kill = 0; kill < 3; kill += 1) {
      for (let i = 0; i < 5; i += 1) {
        const reading = { sensorId: 'sensor_7', zone: 'z', latencyMs: 1, value: i };
        const timestamp = Date.now() + 20 * 60_000;
        expect((await gateway.post('/api/ingest', { ...reading, timestamp })).status).toBe(201);
      }
      const found = await until(async () => {
        const all = (await gateway.json('/api/logs?type=anomaly&sensorId=sensor_7')) as LogEntry[];
        return all.length > 0 ? all.map(({ message }) => message) : undefined;
      }, 'the event');
      expect(found).toEqual([
        "sensor_7 sends timestamps 20 min ahead of the gateway's clock: until then, rules and the latest value do not follow its other readings",
      ]);
      await gateway.stop('SIGKILL');
      gateway = await Gateway.start(env);
    }
    await gateway.stop();
  });
});
