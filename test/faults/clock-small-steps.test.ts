import { setTimeout as pause } from 'node:timers/promises';

import { until } from '../support/environment.js';
import { ClockWalk, embeddedStore, HOUR_S, influxDbStore, inMs, type Sent } from './clock-walk.js';

/** Timestamps of the gateway are this far apart at least. */
const STEP_US = 64;
/** chrony changes the clock's speed by a twelfth at most, ntpd by much less. */
const SLEW_RATE = 1 / 12;
const SLEW_MS = 2_000;

describe.each([embeddedStore(), influxDbStore()])('a clock that moves a little, with $name', (store) => {
  let walk: ClockWalk;
  beforeAll(async () => {
    walk = await ClockWalk.start(store);
  });
  afterAll(() => walk.stop());

  const stampOf = ({ timestampUs = NaN }: Sent): number => timestampUs;
  const expectIncreasing = (stamps: readonly number[]): void => {
    expect(
      stamps.filter((stamp, index) => index > 0 && stamp - (stamps[index - 1] ?? NaN) < STEP_US),
    ).toEqual([]);
  };

  it.each([
    ['forward', SLEW_RATE],
    ['back', -SLEW_RATE],
  ])('has no step in the timestamps and no event while NTP slews it %s', async (_, rate) => {
    const sensorId = `slewed${rate}`;
    const beginShift = walk.clock.seconds;
    const beginMs = performance.now();
    const sent: Sent[] = [];
    for (;;) {
      const elapsedMs = performance.now() - beginMs;
      if (elapsedMs > SLEW_MS) break;
      walk.clock.set(beginShift + (rate * elapsedMs) / 1_000);
      const one = await walk.sendAsItIs(sensorId);
      // Within the time of the request, but for the few milliseconds between two looks at the clock.
      expect(inMs(one.timestampUs)).toBeGreaterThan(one.fromMs - 10);
      expect(inMs(one.timestampUs)).toBeLessThan(one.toMs + 10);
      sent.push(one);
      await pause(5);
    }
    const stamps = sent.map(stampOf);
    expectIncreasing(stamps);
    expect(new Set(stamps.map((stamp) => stamp % STEP_US)).size).toBe(1);
    await walk.expectEvents();
  });

  it('bridges steps back of up to ten seconds without an event, also through kill -9', async () => {
    const sent: Sent[] = [];
    const send = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) sent.push(await walk.sendAsItIs('stepped'));
    };
    walk.clock.set(0);
    await send(5);
    for (const [stepS, doesKill] of [
      [-4, false],
      [-9, true],
    ] as const) {
      walk.clock.set(stepS);
      await send(5);
      if (doesKill) await walk.restart('SIGKILL');
      await pause(300);
      await send(5);
    }
    expectIncreasing(sent.map(stampOf));
    // Ahead of the clock by the step, and by what was reserved when the gateway was killed.
    for (const { timestampUs, fromMs, toMs } of sent) {
      expect(inMs(timestampUs)).toBeGreaterThan(fromMs - 50);
      expect(inMs(timestampUs)).toBeLessThan(toMs + 11_000);
    }
    await walk.expectLatest(walk.lastOf('stepped'));
    await walk.expectEvents();
    walk.clock.set(0);
    await walk.send('stepped');
    await walk.expectEvents();
  });

  it('gives no timestamp twice when the same stretch of time is passed four times', async () => {
    walk.clock.set(HOUR_S);
    const beginMs = walk.clock.nowMs;
    for (let pass = 0; pass < 4; pass += 1) {
      walk.clock.set((beginMs - Date.now()) / 1_000);
      await walk.sendBurst(['x', 'y', 'z'], 100);
      if (pass === 1) await walk.restart('SIGKILL');
      // Beyond the ten seconds, so that the next pass is a step back that is believed.
      walk.clock.set(2 * HOUR_S);
      await walk.sendAsItIs('far');
    }
    expect(walk.stampsGivenTwice()).toEqual([]);
    walk.clock.set(0);
    await walk.expectLatest(await walk.send('x'), await walk.send('y'), await walk.send('far'));
  });

  it('refuses more readings of a sensor than it has timestamps for, and goes on a second later', async () => {
    const fast = await ClockWalk.start(store, 0, { CLOCK_STEP_MAX: '1s' });
    const batch = Array.from({ length: 10_000 }, (_, value) => ({
      sensorId: 'fast',
      zone: 'z',
      value,
      latencyMs: 1,
    }));
    // Each takes 0.64 s of timestamps, all together in less than a second.
    const responses = await Promise.all(
      Array.from({ length: 4 }, () => fast.gateway.post('/api/ingest/batch', batch)),
    );
    const refused = responses.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const response of refused) {
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1']);
      expect(await response.json()).toMatchObject({ code: 'RATE_LIMITED', errors: [{ path: 'timestamp' }] });
    }
    const kept = (responses.length - refused.length) * batch.length;
    expect((await fast.gateway.pipeline()).accepted).toBe(kept);
    await fast.send('other');
    await until(
      async () => ((await fast.gateway.post('/api/ingest/batch', batch)).ok ? true : undefined),
      'timestamps',
    );
    // Everything is a point of its own.
    await fast.gateway.settled();
    const range = `from=-1h&to=${Date.now() + 60_000}&every=1m`;
    const buckets = (await fast.gateway.json(`/api/readings/fast?${range}`)) as { count: number }[];
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(kept + batch.length);

    const { nowMs: fromMs } = fast.clock;
    fast.clock.set(-5);
    const message = /clock was set back by 5 s,/;
    await fast.expectEvents({ type: 'critical', message, fromMs, toMs: fast.clock.nowMs });
    await fast.send('other');
    await fast.stop();
  });

  it('has all readings in the store', async () => {
    await walk.expectAccount();
  });
});
