import { randomInt } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ClockWalk, embeddedStore, HOUR_S, influxDbStore } from './clock-walk.js';

const SENSORS = ['a', 'b', 'c'];

describe.each([embeddedStore(), influxDbStore()])('a damaged clock file, with $name', (store) => {
  let walk: ClockWalk;
  beforeAll(async () => {
    walk = await ClockWalk.start(store);
  });
  afterAll(() => walk.stop());

  const file = (name: string): string => join(walk.dataDir, name);
  /** @returns what was done, for the message of a failure */
  const flipBit = (name: string): string => {
    const bytes = readFileSync(file(name));
    // What follows the first line may be left from a longer one.
    const [at, bit] = [randomInt(bytes.indexOf('\n') + 1), randomInt(8)];
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    writeFileSync(file(name), bytes);
    return `bit ${bit} of byte ${at} of ${name} was flipped`;
  };
  const expectRightStamps = async (): Promise<void> => {
    await walk.expectLatest(await walk.send('a'), await walk.send('b'));
    await walk.expectSpacing('a');
  };

  it.each([['clock'], ['clock.copy']])(
    'gives no timestamp twice after a flipped bit in %s, though the time is passed twice',
    async (name) => {
      walk.clock.set(HOUR_S);
      const beginMs = walk.clock.nowMs;
      const beginAgain = (): void => {
        walk.clock.set((beginMs - Date.now()) / 1_000);
      };
      await walk.sendBurst(SENSORS, 40);
      let what = '';
      await walk.restart(name === 'clock' ? 'SIGTERM' : 'SIGKILL', () => {
        what = flipBit(name);
        beginAgain();
      });
      await walk.sendBurst(SENSORS, 60);
      walk.clock.set(2 * HOUR_S);
      await walk.sendBurst(SENSORS, 1);
      await walk.restart('SIGKILL', beginAgain);
      await walk.sendBurst(SENSORS, 60);
      expect({ what, twice: walk.stampsGivenTwice() }).toEqual({ what, twice: [] });
      walk.clock.set(0);
      await expectRightStamps();
    },
  );

  it('goes by the clock after a flipped bit in both, and says so', async () => {
    const what: string[] = [];
    await walk.skipEvents();
    await walk.restart('SIGKILL', () => {
      for (const name of ['clock', 'clock.copy']) what.push(flipBit(name));
    });
    const message = /^clock and clock\.copy are damaged/;
    await walk.expectEvents({ type: 'critical', message, toMs: walk.clock.nowMs });
    await expectRightStamps();
    expect({ what, twice: walk.stampsGivenTwice() }).toEqual({ what, twice: [] });
  });

  it.each([
    ['it says 2280', 0, 3],
    ['it says 1994', 0, 0],
    ['it is no number', 5, 6],
  ])(
    'goes by the clock after a flipped bit in the file of an earlier version, so that %s',
    async (_, at, bit) => {
      await walk.restart('SIGTERM', () => {
        const bytes = Buffer.from(`${Date.now() * 1_000}\n`);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        rmSync(file('clock.copy'));
        writeFileSync(file('clock'), bytes);
      });
      await expectRightStamps();
      expect(walk.stampsGivenTwice()).toEqual([]);
    },
  );

  it('has all readings in the store', async () => {
    await walk.expectAccount();
  });
});
