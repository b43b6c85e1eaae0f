import { AcceptanceClock } from '../../src/clock/acceptance-clock.js';
import { StampAllocator, type StampState } from '../../src/clock/stamp-allocator.js';

const NOON_US = 1_796_040_000_000_000;

function clockAt(wallUs: () => number, save: (state: StampState) => Promise<void>): AcceptanceClock {
  const stamps = new StampAllocator(undefined, true, wallUs(), 10_000_000, 0);
  return new AcceptanceClock(stamps, wallUs, { run: 1, ms: 0 }, save);
}

describe('AcceptanceClock', () => {
  it('gives no stamp before it is reserved on disk', async () => {
    const saved: StampState[] = [];
    const clock = clockAt(
      () => NOON_US,
      (state) => Promise.resolve(void saved.push(state)),
    );
    expect(clock.begin(1)).toBe(false);
    await clock.reserve();
    expect(clock.begin(1)).toBe(true);
    expect(clock.next('a')).toBeLessThanOrEqual(saved[0]?.current.toUs ?? NaN);
  });

  it('reserves the next stamps before anybody has to wait for them', async () => {
    let nowUs = NOON_US;
    let saves = 0;
    const clock = clockAt(
      () => nowUs,
      () => Promise.resolve(void (saves += 1)),
    );
    clock.begin(1);
    await clock.reserve();
    for (let step = 0; step < 100; step += 1) {
      nowUs += 100_000;
      expect(clock.begin(1)).toBe(true);
      await new Promise(setImmediate);
    }
    expect(saves).toBeLessThan(40);
  });

  it('says when the disk does not take it, and tries again with the next request', async () => {
    let isBroken = true;
    const clock = clockAt(
      () => NOON_US,
      () => (isBroken ? Promise.reject(new Error('EIO')) : Promise.resolve()),
    );
    expect(clock.begin(1)).toBe(false);
    await expect(clock.reserve()).rejects.toThrow('EIO');
    isBroken = false;
    await clock.reserve();
    expect(clock.begin(1)).toBe(true);
  });

  it.each(['1970-01-01T00:10:00Z', '2025-01-01T00:00:00Z', '2201-01-01T00:00:00Z'])(
    'is not set at %s',
    (time) => {
      const clock = clockAt(
        () => Date.parse(time) * 1_000,
        () => Promise.resolve(),
      );
      expect([clock.begin(1), clock.isSet]).toEqual([true, false]);
    },
  );
});
