import { ClockWalk, embeddedStore, HOUR_S, influxDbStore, YEAR_S } from './clock-walk.js';

/** Machines without a battery begin there. */
const TO_1970_S = -Math.floor(Date.now() / 1_000) + HOUR_S;
/** Some decades before timestamps are no longer safe integers. */
const TO_2210_S = 184 * YEAR_S;

describe.each([embeddedStore(), influxDbStore()])('a start with $name', (store) => {
  it('believes a clock that was corrected while the gateway was off, and says so', async () => {
    const walk = await ClockWalk.start(store, 10 * YEAR_S);
    await walk.send('a');
    await walk.sendBatches('batch');

    const startAt = async (shiftS: number, signal: 'SIGTERM' | 'SIGKILL', message: RegExp): Promise<void> => {
      const { nowMs: fromMs, seconds } = walk.clock;
      await walk.restart(signal, () => {
        walk.clock.set(shiftS);
      });
      const type = shiftS < seconds ? 'critical' : 'normal';
      await walk.expectEvents({ type, message, fromMs, toMs: walk.clock.nowMs });
      const sent = [await walk.send('a'), await walk.send('b')] as const;
      await walk.expectLatest(...sent);
      await walk.expectSpacing('a');
      await walk.sendBatches('batch');
      await walk.expectCharts('a', walk.clock.nowMs - 60_000, walk.clock.nowMs + 2_000);
    };
    await startAt(0, 'SIGTERM', /clock was set back by .* while the gateway was off/);
    await startAt(-2 * HOUR_S, 'SIGKILL', /clock was set back by .* while the gateway was off/);
    await startAt(0, 'SIGTERM', /^The gateway was off for about 2 h/);
    await walk.restart('SIGKILL');
    await walk.expectLatest(walk.lastOf('a'), walk.lastOf('b'));
    await walk.expectAccount();
    await walk.stop();
  });

  it('keeps nothing while the clock is not set, and all afterwards', async () => {
    const walk = await ClockWalk.start(store, TO_1970_S);
    const isNotSet = { type: 'critical', message: /clock is not set \(it shows 1970-/ } as const;
    const isSet = { type: 'normal', message: /clock was set from 1970-/ } as const;
    await walk.expectEvents({ ...isNotSet, toMs: walk.clock.nowMs });
    await walk.expectNotSet('a');
    await walk.restart('SIGKILL');
    await walk.expectEvents({ ...isNotSet, toMs: walk.clock.nowMs });
    await walk.expectNotSet('a');
    expect(await walk.gateway.json('/api/sensors')).toEqual([]);
    await walk.expectAccount();

    const rightMs = Date.now();
    const setClock = async (): Promise<void> => {
      const { nowMs: fromMs } = walk.clock;
      walk.clock.set(0);
      await walk.expectEvents({ ...isSet, fromMs, toMs: walk.clock.nowMs });
    };
    await setClock();
    await walk.expectLatest(await walk.send('a'), await walk.sendAsItIs('device', { timestamp: Date.now() }));
    await walk.expectSpacing('a');
    await walk.sendBatches('batch');

    // The next start is in 1970 again.
    await walk.restart('SIGKILL', () => {
      walk.clock.set(TO_1970_S);
    });
    await walk.expectEvents({ ...isNotSet, toMs: walk.clock.nowMs });
    await walk.expectNotSet('a');
    await walk.expectLatest(walk.lastOf('a'), walk.lastOf('device'));
    await setClock();
    await walk.expectLatest(await walk.send('a'), await walk.sendAsItIs('device', { timestamp: Date.now() }));
    await walk.expectSpacing('a');
    const { nowMs: fromMs } = walk.clock;
    walk.clock.set(TO_2210_S);
    const message = /clock is not set \(it was set from 20\d\d-.* to 2210-/;
    await walk.expectEvents({ type: 'critical', message, fromMs, toMs: walk.clock.nowMs });
    await walk.expectNotSet('a');
    walk.clock.set(0);
    await walk.send('a');
    await walk.expectCharts('a', rightMs, walk.clock.nowMs + 2_000);
    await walk.expectAccount();
    await walk.stop();
  });
});
