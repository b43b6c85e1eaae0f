import fc from 'fast-check';

import { FairShare } from '../../../src/common/scheduling/fair-share.js';

const DAY_MS = 24 * 3_600_000;

describe('FairShare', () => {
  const at = { nowMs: 0 };

  beforeEach(() => {
    at.nowMs = 0;
  });

  const open = (max: number): { share: FairShare; take: (holder: string, amount?: number) => boolean } => {
    const share = new FairShare(() => at.nowMs);
    const take = (holder: string, amount = 1): boolean => {
      share.recordUse(holder);
      if (share.whyNot(holder, amount, max - share.total)) return false;
      share.take(holder, amount);
      return true;
    };
    return { share, take };
  };
  const fill = (take: () => boolean): void => {
    while (take());
  };

  it('lets a single holder take everything, and again a day after others asked', () => {
    const { share, take } = open(100);
    fill(() => take('a'));
    expect(share.heldBy('a')).toBe(100);
    share.release('a', 100);
    share.recordUse('b');
    fill(() => take('a'));
    expect(share.heldBy('a')).toBe(50);
    at.nowMs = DAY_MS - 1;
    expect(take('a')).toBe(false);
    at.nowMs = DAY_MS;
    fill(() => take('a'));
    expect(share.heldBy('a')).toBe(100);
  });

  it('gives released amounts to holders that came later, not to one that had taken everything', () => {
    const { share, take } = open(100);
    fill(() => take('a'));
    expect(take('b')).toBe(false);
    share.release('a', 10);
    expect([take('a'), take('b')]).toEqual([false, true]);
  });

  it('counts amounts without a holder against the whole only', () => {
    const { share, take } = open(100);
    share.take('', 40);
    fill(() => take('a'));
    expect([share.total, share.heldBy('a')]).toEqual([100, 60]);
  });

  it.each([1, 2, 3, 9])('keeps an equal share free for another holder when %s take all they can', (count) => {
    const { share, take } = open(1_000);
    share.recordUse('another');
    const greedy = Array.from({ length: count }, (_, index) => `greedy ${index}`);
    fill(() => greedy.map((holder) => take(holder)).includes(true));
    const fair = 1_000 / (count + 1);
    for (const holder of greedy) expect(Math.abs(share.heldBy(holder) - fair)).toBeLessThan(count + 1);
    expect(1_000 - share.total).toBeGreaterThan(fair - 2);
  });

  it('never gives out more than the whole, and refuses a share only while a new holder could get as much', () => {
    const step = fc.record({
      holder: fc.constantFrom('a', 'b', 'c', 'd'),
      amount: fc.integer({ min: -30, max: 30 }),
      afterMs: fc.nat(DAY_MS / 4),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        at.nowMs = 0;
        const { share } = open(100);
        const held = new Map<string, number>();
        for (const { holder, amount, afterMs } of steps) {
          at.nowMs += afterMs;
          const before = held.get(holder) ?? 0;
          if (amount <= 0) {
            const back = Math.min(before, -amount);
            share.release(holder, back);
            held.set(holder, before - back);
            continue;
          }
          share.recordUse(holder);
          const free = 100 - share.total;
          const shortage = share.whyNot(holder, amount, free);
          expect(shortage === 'whole').toBe(amount > free);
          if (shortage === 'share') expect(share.whyNot('new', amount, free)).toBeUndefined();
          if (shortage) continue;
          share.take(holder, amount);
          held.set(holder, before + amount);
        }
        const total = [...held.values()].reduce((sum, amount) => sum + amount, 0);
        expect(share.total).toBe(total);
        expect(total).toBeLessThanOrEqual(100);
      }),
    );
  });
});
