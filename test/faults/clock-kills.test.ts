import { setTimeout as pause } from 'node:timers/promises';

import { addRow } from './account.js';
import { Chance } from './chance.js';
import { ClockWalk, DAY_S, embeddedStore, HOUR_S, influxDbStore, YEAR_S } from './clock-walk.js';

const KILLS = process.env.FAULTS_LONG ? 40 : 3;
const LEAPS_BETWEEN = 6;
const SENSORS = ['a', 'b', 'c', 'd'];
/** Where the clock may stand. The small ones make the same stretch of time pass again and again. */
const SHIFTS_S = [0, 0.5, -3, -9, -11, -15, -HOUR_S, HOUR_S, HOUR_S - 11, -2 * HOUR_S, DAY_S, 10 * YEAR_S];

describe.each([embeddedStore(), influxDbStore()])('a clock that leaps at random, with $name', (store) => {
  it('loses nothing, and gives no timestamp twice, though the gateway is killed again and again', async () => {
    const chance = Chance.ofThisRun('clock-kills');
    const walk = await ClockWalk.start(store);
    let isOver = false;
    const sending = Promise.all(SENSORS.map((sensorId) => walk.keepSending(sensorId, () => isOver)));
    for (let kill = 0; kill < KILLS; kill += 1) {
      for (let leap = 0; leap < LEAPS_BETWEEN; leap += 1) {
        walk.clock.set(SHIFTS_S[chance.below(SHIFTS_S.length)] ?? 0);
        await pause(50 + chance.below(200));
      }
      await walk.restart('SIGKILL', () => {
        walk.clock.set(SHIFTS_S[chance.below(SHIFTS_S.length)] ?? 0);
      });
    }
    walk.clock.set(0);
    await pause(200);
    isOver = true;
    await sending;
    const newest = [];
    for (const sensorId of SENSORS) newest.push(await walk.send(sensorId));
    await walk.expectLatest(...newest);
    const twice = walk.stampsGivenTwice();
    expect(twice).toEqual([]);
    const stored = await walk.expectAccount();
    addRow({
      fault: `the clock set ${KILLS * LEAPS_BETWEEN} times, up to ten years wrong, with ${KILLS} kill -9, ${store.name}`,
      acknowledged: walk.sent.length,
      stored,
      deadLettered: 0,
      lost: 0,
      duplicated: twice.length,
      refused: 0,
    });
    await walk.stop();
  });
});
