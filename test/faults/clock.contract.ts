import { ClockWalk, DAY_S, HOUR_S, type Sent, type Store, YEAR_S } from './clock-walk.js';

/** How far the clock leaps, and how the system log says it. */
const LEAPS = [
  ['ten years forward', 10 * YEAR_S, '3650 d'],
  ['two hours back', -2 * HOUR_S, '2 h'],
  ['an hour forward, as a clock in local time in spring', HOUR_S, '1 h'],
  ['an hour back, as a clock in local time in autumn', -HOUR_S, '1 h'],
  ['a day forward', DAY_S, '1 d'],
  ['a day back', -DAY_S, '1 d'],
] as const;

/** A clock that leaps while the gateway runs, and is corrected later. */
export function describeLeaps(store: Store): void {
  let walk: ClockWalk;
  let beganMs: number;
  beforeAll(async () => {
    beganMs = Date.now();
    walk = await ClockWalk.start(store);
  });
  afterAll(() => walk.stop());

  /** From the first to the last time that the clock showed while it was years ahead. */
  let farMs: [number, number] = [0, 0];

  /** Sets the clock. Each change is a leap, from the time that the clock would have shown. */
  const leap = async (toS: number, amount: string): Promise<void> => {
    const { nowMs: fromMs, seconds } = walk.clock;
    walk.clock.set(toS);
    const verb = toS > seconds ? 'leapt forward by' : 'was set back by';
    const message = new RegExp(`^The machine's clock ${verb} ${amount},`);
    await walk.expectEvents({ type: 'critical', message, fromMs, toMs: walk.clock.nowMs });
  };

  it.each(LEAPS)('leaps %s, and is corrected', async (_, leapS, amount) => {
    const [a, b, device, batch] = ['a', 'b', 'device', 'batch'].map((name) => `${name}${leapS}`) as [
      string,
      string,
      string,
      string,
    ];
    const both = (): Promise<[Sent, Sent]> => Promise.all([walk.send(a), walk.send(b)]);
    // The device's own clock is right all the time.
    const sendStamped = (): Promise<Sent> => walk.sendAsItIs(device, { timestamp: Date.now() });
    const rightMs = Date.now();
    await both();
    await walk.sendBatches(batch);
    await sendStamped();

    await leap(leapS, amount);
    const leaptMs = walk.clock.nowMs;
    await walk.expectLatest(...(await both()));
    await walk.expectSpacing(a);
    await walk.sendBatches(batch);
    // A gateway whose clock is behind takes it for a reading from the future.
    if (leapS > 0) await sendStamped();
    await walk.restart('SIGKILL');
    await walk.expectLatest(...(await both()));
    await walk.expectSpacing(b);
    for (const sensorId of [a, b]) await walk.expectCharts(sensorId, leaptMs, walk.clock.nowMs + 2_000);

    if (leapS > YEAR_S) farMs = [leaptMs, walk.clock.nowMs];
    await leap(0, amount);
    await walk.expectLatest(...(await both()), await sendStamped());
    await walk.expectSpacing(a);
    await walk.sendBatches(batch);
    for (const sensorId of [a, b, device])
      await walk.expectCharts(sensorId, rightMs, walk.clock.nowMs + 2_000);
  });

  it('is reported though it lasts for less than a second', async () => {
    const { nowMs } = walk.clock;
    walk.clock.set(HOUR_S);
    await walk.send('short');
    const { nowMs: aheadMs } = walk.clock;
    walk.clock.set(0);
    await walk.expectLatest(await walk.send('short'));
    await walk.expectEvents(
      { type: 'critical', message: /leapt forward by 1 h,/, fromMs: nowMs, toMs: aheadMs },
      { type: 'critical', message: /was set back by 1 h,/, fromMs: aheadMs, toMs: walk.clock.nowMs },
    );
  });

  it('is reported once, though the gateway is killed right after', async () => {
    await leap(-HOUR_S, '1 h');
    await walk.restart('SIGKILL');
    await walk.expectEvents();
    await leap(0, '1 h');
  });

  it('has the readings of the right time in charts and latest afterwards, and all others too', async () => {
    for (const [, leapS] of LEAPS) {
      const newest = [`a${leapS}`, `b${leapS}`, `device${leapS}`].map((sensorId) => walk.lastOf(sensorId));
      await walk.expectLatest(...newest);
      for (const { sensorId } of newest) await walk.expectCharts(sensorId, beganMs, walk.clock.nowMs + 2_000);
    }
    await walk.expectAccount();
  });

  it('no longer has the readings of a wrong time once they are deleted as the docs say', async () => {
    const [firstMs, lastMs] = farMs;
    await walk.deleteReadings(firstMs - 5_000, lastMs + 5_000);
    const [, leapS] = LEAPS[0];
    const range = `from=${Math.floor(firstMs - HOUR_S * 1_000)}&to=2200-01-01T00:00:00Z`;
    for (const name of ['a', 'b', 'batch']) {
      expect(await walk.gateway.json(`/api/readings/${name}${leapS}?${range}`)).toEqual([]);
    }
    for (const name of ['a', 'device'])
      await walk.expectCharts(`${name}${leapS}`, beganMs, walk.clock.nowMs + 2_000);
  });
}
