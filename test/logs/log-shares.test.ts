import fc from 'fast-check';

import { LogShares, type ShareOwner } from '../../src/logs/log-shares.js';

const OWNERS: readonly ShareOwner[] = [
  { ruleId: null, sensorId: null },
  { ruleId: null, sensorId: 'a' },
  { ruleId: 'hot', sensorId: 'a' },
  { ruleId: 'hot', sensorId: 'b' },
  { ruleId: 'cold', sensorId: 'a' },
];
const MAX = 20;

/** Who has how many, counted each time. */
class Counted {
  private readonly counts = OWNERS.map(() => 0);

  change(owner: number, by: number): number {
    return (this.counts[owner] = (this.counts[owner] ?? 0) + by);
  }
  get size(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
  get losers(): ShareOwner[] {
    const [own = 0, ...others] = this.counts;
    const largest = Math.max(...others);
    if (largest === 0 || own > Math.max(MAX / 10, largest)) return OWNERS.slice(0, 1);
    return OWNERS.filter((_, index) => index > 0 && this.counts[index] === largest);
  }
}

describe('the shares of the log', () => {
  it('always name one of those who have most', () => {
    const step = fc.tuple(fc.nat(OWNERS.length - 1), fc.constantFrom(1, 1, -1));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const shares = new LogShares();
        const counted = new Counted();
        for (const [owner, by] of steps) {
          if (by < 0 && counted.change(owner, 0) === 0) continue;
          counted.change(owner, by);
          const who = OWNERS[owner] ?? { ruleId: null, sensorId: null };
          if (by > 0) shares.add(who);
          else shares.remove(who);
          expect(shares.size).toBe(counted.size);
          if (counted.size > 0)
            expect(counted.losers).toContainEqual(expect.objectContaining(loserOf(shares)));
        }
      }),
      { numRuns: 300 },
    );
  });
});

function loserOf(shares: LogShares): ShareOwner {
  const { ruleId, sensorId } = shares.loser(MAX);
  return { ruleId, sensorId };
}
