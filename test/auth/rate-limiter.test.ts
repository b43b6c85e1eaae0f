import fc from 'fast-check';

import { RateLimiter } from '../../src/auth/rate-limiter.js';

describe('a rate limit', () => {
  const at = { nowMs: 0 };
  const limiter = (maxIds?: number): RateLimiter => new RateLimiter(1, () => at.nowMs, maxIds);

  beforeEach(() => {
    at.nowMs = 0;
  });

  it("allows one second's amount at once, then only what has been refilled", () => {
    const limit = limiter();
    const take = (): boolean => limit.take('k', 1, 10).allowed;
    expect(Array.from({ length: 12 }, take)).toEqual([...Array<boolean>(10).fill(true), false, false]);
    at.nowMs = 300;
    expect(Array.from({ length: 4 }, take)).toEqual([true, true, true, false]);
  });

  it('returns what is left, and how long to wait', () => {
    const limit = limiter();
    expect(limit.take('k', 4, 10)).toEqual({ allowed: true, remaining: 6, waitSeconds: 1 });
    expect(limit.take('k', 7, 10)).toEqual({ allowed: false, remaining: 6, waitSeconds: 1 });
    expect(limit.take('slow', 1, 0.1)).toEqual({ allowed: true, remaining: 0, waitSeconds: 10 });
    expect(limit.take('slow', 1, 0.1)).toEqual({ allowed: false, remaining: 0, waitSeconds: 10 });
  });

  it("allows a batch larger than one second's amount, and makes later requests wait for it", () => {
    const limit = limiter();
    expect(limit.take('k', 1_000, 10).allowed).toBe(true);
    expect(limit.take('k', 1, 10)).toEqual({ allowed: false, remaining: 0, waitSeconds: 100 });
    at.nowMs = 99_000;
    expect(limit.take('k', 1, 10).allowed).toBe(false);
    at.nowMs = 99_200;
    expect(limit.take('k', 1, 10).allowed).toBe(true);
  });

  it('keeps the rate in the long run, whatever is sent', () => {
    const step = fc.record({ afterMs: fc.nat(500), count: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        at.nowMs = 0;
        const limit = limiter();
        let taken = 0;
        let debt = 0;
        for (const { afterMs, count } of steps) {
          at.nowMs += afterMs;
          if (!limit.take('k', count, 10).allowed) continue;
          taken += count;
          debt = Math.max(debt, count);
        }
        // One second's amount at the start, what was refilled since, and one batch beyond that.
        expect(taken).toBeLessThanOrEqual(10 + at.nowMs / 100 + debt + 1e-6);
      }),
    );
  });

  it('forgets the clients seen first when there are too many', () => {
    const limit = limiter(100);
    for (let id = 0; id < 100_000; id += 1) limit.take(String(id), 1, 1);
    expect(limit.take('99999', 1, 1).allowed).toBe(false);
    expect(limit.take('0', 1, 1).allowed).toBe(true);
  });
});
