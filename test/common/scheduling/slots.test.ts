import fc from 'fast-check';

import { Slots } from '../../../src/common/scheduling/slots.js';

describe('slots', () => {
  it('run every task, a few at once, in the order in which they came, also when some fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.boolean()), async (size, fails) => {
        const slots = new Slots(size, Infinity);
        const begun: number[] = [];
        let running = 0;
        const results = await Promise.allSettled(
          fails.map((isFailing, index) =>
            slots.run(async () => {
              begun.push(index);
              running += 1;
              expect(running).toBeLessThanOrEqual(size);
              await Promise.resolve();
              running -= 1;
              if (isFailing) throw new Error('failed');
            }),
          ),
        );
        expect(begun).toEqual(fails.map((_, index) => index));
        expect(results.map(({ status }) => status === 'rejected')).toEqual(fails);
        expect(slots.isFull).toBe(false);
      }),
    );
  });

  it('are full when as many wait as may', async () => {
    const slots = new Slots(1, 1);
    let end = (): void => undefined;
    const first = slots.run(() => new Promise<void>((resolve) => (end = resolve)));
    expect(slots.isFull).toBe(false);
    const second = slots.run(() => Promise.resolve('done'));
    expect(slots.isFull).toBe(true);
    end();
    await first;
    expect(await second).toBe('done');
    expect(slots.isFull).toBe(false);
  });
});
