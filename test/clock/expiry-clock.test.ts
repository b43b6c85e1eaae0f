import fc from 'fast-check';

import { ExpiryClock } from '../../src/clock/expiry-clock.js';
import { type Leap, moveWith } from '../../src/clock/leap.js';
import { isPlausible } from '../../src/clock/plausible-time.js';
import { RELEASED } from '../../src/common/config/version.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
const NOW_MS = Date.parse(RELEASED) + 100 * DAY_MS;

/** A machine whose clock can be set. */
class Machine {
  wallMs: number;
  readonly steady = { ms: 1_000 };

  constructor(wallMs: number) {
    this.wallMs = wallMs;
  }

  run(ms: number): void {
    this.wallMs += ms;
    this.steady.ms += ms;
  }

  clock(notedMs: number | undefined): ExpiryClock {
    return new ExpiryClock(notedMs, () => this.wallMs, this.steady);
  }
}

describe('the expiry clock', () => {
  it('shows what the machine shows while nothing unusual happens', () => {
    const machine = new Machine(NOW_MS);
    const clock = machine.clock(NOW_MS - 1_000);
    machine.run(HOUR_MS);
    expect(clock.nowMs).toBe(NOW_MS + HOUR_MS);
    machine.run(DAY_MS);
    expect(clock.nowMs).toBe(NOW_MS + HOUR_MS + DAY_MS);
  });

  it('believes the machine at the first start', () => {
    expect(new Machine(NOW_MS).clock(undefined).nowMs).toBe(NOW_MS);
  });

  it('is not carried along by a clock that stands ten years ahead at the start, and is right once that is', () => {
    const machine = new Machine(NOW_MS + 10 * YEAR_MS);
    const clock = machine.clock(NOW_MS);
    expect(clock.nowMs).toBe(NOW_MS);
    machine.run(20_000);
    expect(clock.nowMs).toBe(NOW_MS + 24 * 20_000);
    machine.wallMs -= 10 * YEAR_MS;
    expect(clock.nowMs).toBe(NOW_MS + 20_000);
  });

  it('does not leap with the machine, and goes back with it', () => {
    const machine = new Machine(NOW_MS);
    const clock = machine.clock(NOW_MS);
    machine.wallMs += 10 * YEAR_MS;
    expect(clock.nowMs).toBe(NOW_MS);
    machine.run(HOUR_MS);
    expect(clock.nowMs).toBe(NOW_MS + DAY_MS);
    machine.wallMs = NOW_MS - HOUR_MS;
    expect(clock.nowMs).toBe(NOW_MS - HOUR_MS);
  });

  it('catches up with the time that the gateway was off by a day for each hour', () => {
    const machine = new Machine(NOW_MS);
    const clock = machine.clock(NOW_MS - 30 * DAY_MS);
    machine.run(10 * HOUR_MS);
    expect(clock.nowMs).toBe(NOW_MS - 20 * DAY_MS);
    machine.run(30 * HOUR_MS);
    expect(clock.nowMs).toBe(NOW_MS + 40 * HOUR_MS);
  });

  it('stands still while the clock of the machine is not set', () => {
    const machine = new Machine(5_000);
    const clock = machine.clock(NOW_MS - DAY_MS);
    machine.run(10 * HOUR_MS);
    expect([clock.nowMs, clock.dateMs]).toEqual([NOW_MS - DAY_MS, undefined]);
    machine.wallMs = NOW_MS;
    expect([clock.nowMs, clock.dateMs]).toEqual([NOW_MS - DAY_MS, NOW_MS]);
    machine.run(HOUR_MS);
    expect(clock.nowMs).toBe(NOW_MS);
  });

  it('shows no time at a first start with a clock that is not set', () => {
    const machine = new Machine(5_000);
    const clock = machine.clock(undefined);
    expect(clock.nowMs).toBe(0);
    machine.run(HOUR_MS);
    machine.wallMs = NOW_MS;
    expect(clock.nowMs).toBe(NOW_MS);
  });

  it('reports a leap before it gives a later time, with what the clocks would have shown', () => {
    const machine = new Machine(NOW_MS);
    const clock = machine.clock(NOW_MS);
    const leaps: Leap[] = [];
    clock.onLeap((leap) => leaps.push(leap));
    machine.run(HOUR_MS);
    machine.wallMs += 5_000;
    expect([clock.nowMs, leaps]).toEqual([NOW_MS + HOUR_MS + 5_000, []]);
    machine.run(HOUR_MS);
    machine.wallMs -= 2 * HOUR_MS;
    const { nowMs } = clock;
    const beforeMs = NOW_MS + 2 * HOUR_MS + 5_000;
    expect(leaps).toMatchObject([
      { before: { wallMs: beforeMs, expiryMs: beforeMs }, after: { wallMs: nowMs, expiryMs: nowMs } },
    ]);
  });

  it('reports when the clock of the machine is set for the first time', () => {
    const machine = new Machine(0);
    const clock = machine.clock(NOW_MS - HOUR_MS);
    const leaps: Leap[] = [];
    clock.onLeap((leap) => leaps.push(leap));
    machine.wallMs = NOW_MS;
    expect(clock.nowMs).toBe(NOW_MS - HOUR_MS);
    expect(leaps).toMatchObject([
      { before: undefined, after: { wallMs: NOW_MS, expiryMs: NOW_MS - HOUR_MS } },
    ]);
  });

  type Step = readonly ['run' | 'set' | 'restart', number];
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.tuple(fc.constant('run' as const), fc.integer({ min: 0, max: 3 * DAY_MS })),
    fc.tuple(
      fc.constant('set' as const),
      fc.oneof(
        fc.integer({ min: 0, max: YEAR_MS }),
        fc.integer({ min: NOW_MS - YEAR_MS, max: NOW_MS + 10 * YEAR_MS }),
      ),
    ),
    fc.tuple(fc.constant('restart' as const), fc.integer({ min: 0, max: YEAR_MS })),
  );

  it('is never ahead of the machine, and advances by a day for each hour at most', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const machine = new Machine(NOW_MS);
        let clock = machine.clock(NOW_MS);
        let highestMs = clock.nowMs;
        for (const [kind, ms] of steps) {
          const beforeMs = clock.nowMs;
          if (kind === 'run') machine.run(ms);
          if (kind === 'set') machine.wallMs = ms;
          if (kind === 'restart') {
            machine.wallMs += ms;
            clock = machine.clock(beforeMs);
          }
          const { nowMs } = clock;
          if (!isPlausible(machine.wallMs)) expect(nowMs).toBe(beforeMs);
          else expect(nowMs).toBeLessThanOrEqual(machine.wallMs);
          if (kind === 'run') highestMs += ms * 24;
          expect(nowMs).toBeLessThanOrEqual(highestMs);
        }
      }),
    );
  });

  it('lets a duration last at least as long as it is, and ends it then if the clock was right or leapt before', () => {
    const start = fc.record({
      offMs: fc.nat(YEAR_MS),
      leapMs: fc.integer({ min: -99 * DAY_MS, max: 10 * YEAR_MS }),
      ranMs: fc.nat(10 * DAY_MS),
      durationMs: fc.integer({ min: 1_000, max: 10 * DAY_MS }),
    });
    fc.assert(
      fc.property(start, ({ offMs, leapMs, ranMs, durationMs }) => {
        const machine = new Machine(NOW_MS);
        const clock = machine.clock(NOW_MS - offMs);
        machine.run(ranMs);
        expect(clock.nowMs).toBeDefined();
        machine.wallMs = Math.max(machine.wallMs + leapMs, NOW_MS - 99 * DAY_MS);
        const endsMs = clock.after(durationMs);
        expect(endsMs).toBeLessThanOrEqual(clock.nowMs + 24 * durationMs);
        machine.run(durationMs - 10);
        expect(clock.nowMs).toBeLessThan(endsMs);
        machine.run(20);
        expect(clock.nowMs).toBeGreaterThanOrEqual(endsMs);
      }),
    );
  });

  it('keeps what is left of a duration when the clock leaps, in both directions', () => {
    const leaps = fc.array(
      fc.record({
        ranMs: fc.nat(5 * HOUR_MS),
        leapMs: fc.integer({ min: -30 * DAY_MS, max: 10 * YEAR_MS }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(leaps, fc.nat(YEAR_MS), (steps, offMs) => {
        const machine = new Machine(NOW_MS + 10 * YEAR_MS);
        const clock = machine.clock(NOW_MS + 10 * YEAR_MS - offMs);
        let endsMs = clock.after(DAY_MS);
        clock.onLeap((leap) => {
          endsMs = moveWith(leap, endsMs);
        });
        let leftMs = DAY_MS;
        for (const { ranMs, leapMs } of steps) {
          const run = Math.min(ranMs, leftMs - 10_000);
          machine.run(run);
          leftMs -= run;
          machine.wallMs = Math.max(NOW_MS, machine.wallMs + leapMs);
          expect(clock.nowMs).toBeLessThan(endsMs);
        }
        machine.run(leftMs - 1_000);
        expect(clock.nowMs).toBeLessThan(endsMs);
        machine.run(2_000);
        expect(clock.nowMs).toBeGreaterThanOrEqual(endsMs);
      }),
    );
  });
});
