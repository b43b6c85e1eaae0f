import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';

import { AcceptanceClock } from '../../src/ingest/acceptance-clock.js';
import { emptyFolder } from '../support/environment.js';

const NOON = 1_769_774_400_000_000;
const newFile = (): string => join(emptyFolder(), 'clock');

describe('AcceptanceClock', () => {
  it("gives the machine's time", async () => {
    const clock = await AcceptanceClock.open(newFile(), () => NOON);
    expect(await clock.next()).toBe(NOON);
    await clock.close();
  });

  it('gives two readings of one microsecond two timestamps', async () => {
    const clock = await AcceptanceClock.open(newFile(), () => NOON);
    expect(await Promise.all([clock.next(), clock.next(), clock.next()])).toEqual([NOON, NOON + 1, NOON + 2]);
    await clock.close();
  });

  it('continues where it stopped after a clean stop, even with the clock set back by a day', async () => {
    const file = newFile();
    const before = await AcceptanceClock.open(file, () => NOON);
    await before.next();
    await before.close();
    const after = await AcceptanceClock.open(file, () => NOON - 86_400e6);
    expect(await after.next()).toBe(NOON + 1);
    await after.close();
  });

  it('treats a damaged file as a missing one', async () => {
    const file = newFile();
    writeFileSync(file, 'torn');
    const clock = await AcceptanceClock.open(file, () => NOON);
    expect(await clock.next()).toBe(NOON);
    await clock.close();
    expect(readFileSync(file, 'utf8')).toBe(`${NOON}\n`);
  });

  it('can be closed twice', async () => {
    const clock = await AcceptanceClock.open(newFile(), () => NOON);
    await clock.close();
    await clock.close();
  });

  it('never gives a timestamp twice or out of order, however the clock jumps and the process dies', async () => {
    const step = fc.record({
      jumpUs: fc.integer({ min: -3_000_000, max: 3_000_000 }),
      end: fc.constantFrom('none', 'kill', 'stop'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        let file = newFile();
        let nowUs = NOON;
        let clock = await AcceptanceClock.open(file, () => nowUs);
        const opened = [clock];
        let last = 0;
        for (const { jumpUs, end } of steps) {
          nowUs += jumpUs;
          const stamp = await clock.next();
          expect(stamp).toBeGreaterThan(last);
          last = stamp;
          if (end === 'none') continue;
          if (end === 'stop') await clock.close();
          // After a kill, the next run has only what is in the file; a copy keeps the previous run out of it.
          const left = readFileSync(file);
          file = newFile();
          writeFileSync(file, left);
          clock = await AcceptanceClock.open(file, () => nowUs);
          opened.push(clock);
        }
        for (const one of opened) await one.close();
      }),
      { numRuns: 30 },
    );
  });
});
