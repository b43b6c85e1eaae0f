import fc from 'fast-check';

import { StampAllocator, type StampState } from '../../src/clock/stamp-allocator.js';
import { GIVEN, PUSHED, STAMP_STEP_US } from '../../src/model/stamp.js';

const NOON = 1_796_040_000_000_000;
const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const MAX_STEP = 10 * SECOND;

const ENDS = ['note', 'saveTwiceAtOnce', 'stop', 'kill', 'killAndLoseNewest'] as const;

/** A gateway with a clock that can be set and a disk that can fail, for as many runs as it takes. */
class Machine {
  nowUs = NOON;
  /** What the clock would show if nobody had set it. */
  steadyUs = 0;
  /** The states on disk: the newest, and the one before. */
  private disk: StampState[] = [];
  private stamps: StampAllocator;

  constructor(private readonly residue = 5) {
    this.stamps = this.open(true);
  }

  get currentResidue(): number {
    return this.stamps.currentResidue;
  }

  pass(us: number): void {
    this.nowUs += us;
    this.steadyUs += us;
  }

  give(sensorId: string): number | undefined {
    while (!this.stamps.begin(this.nowUs, this.steadyUs, 1)) this.save(this.stamps.toSave());
    return this.stamps.next(sensorId);
  }

  takeBack(sensorId: string, stampUs: number): void {
    this.stamps.takeBack(sensorId, stampUs);
  }

  kindOf(stampUs: number): number {
    return this.stamps.kindOf(stampUs);
  }

  /** Saves the present state, as the gateway does every minute. */
  note(): void {
    this.save(this.stamps.toSave());
  }

  /** A state is still on its way to the disk when another one follows it, and nobody waits for that. */
  saveTwiceAtOnce(): void {
    this.stamps.begin(this.nowUs, this.steadyUs, 5_000);
    const reserving = this.stamps.toSave(3 * SECOND);
    this.stamps.begin(this.nowUs, this.steadyUs, 1);
    this.disk = [this.stamps.toSave(), reserving].map((state) => structuredClone(state));
    this.stamps.saved(reserving);
  }

  stop(): void {
    this.save(this.stamps.toClose());
    this.kill();
  }

  kill(): void {
    this.stamps = this.open(true);
  }

  /** Power is lost, and the newest of the two files with it. */
  killAndLoseNewest(): void {
    this.disk.shift();
    this.stamps = this.open(false);
  }

  private save(state: StampState): void {
    this.disk = [structuredClone(state), ...this.disk].slice(0, 2);
    this.stamps.saved(state);
  }

  private open(isCertain: boolean): StampAllocator {
    this.stamps = new StampAllocator(this.disk[0], isCertain, this.nowUs, MAX_STEP, this.residue);
    // As the gateway does when it starts.
    for (let copy = 0; copy < 2; copy += 1) this.save(this.stamps.toSave());
    return this.stamps;
  }
}

describe('StampAllocator', () => {
  it("gives every sensor the clock's time, rounded down to 64 µs and a residue", () => {
    const machine = new Machine();
    machine.give('other');
    machine.pass(SECOND);
    const stamps = ['a', 'b', 'c'].map((sensorId) => machine.give(sensorId) ?? NaN);
    expect(new Set(stamps).size).toBe(1);
    const [stampUs = NaN] = stamps;
    expect(stampUs % STAMP_STEP_US).toBe(5);
    expect(machine.nowUs - stampUs).toBeGreaterThanOrEqual(0);
    expect(machine.nowUs - stampUs).toBeLessThan(STAMP_STEP_US);
    expect(machine.kindOf(stampUs)).toBe(GIVEN);
  });

  it('gives a sensor that sends faster than every 64 µs stamps ahead of the clock, and says so', () => {
    const machine = new Machine();
    machine.give('a');
    machine.pass(SECOND);
    const first = machine.give('a') ?? NaN;
    const second = machine.give('a') ?? NaN;
    expect(second - first).toBe(STAMP_STEP_US);
    expect([machine.kindOf(first), machine.kindOf(second)]).toEqual([GIVEN, PUSHED]);
    expect(machine.give('b')).toBe(first);
  });

  it('bridges a small step back, and believes a large one with the next residue', () => {
    const machine = new Machine();
    machine.give('a');
    machine.nowUs += HOUR;
    const before = machine.give('a') ?? NaN;
    machine.nowUs -= MAX_STEP;
    const pushed = machine.give('a') ?? NaN;
    expect(pushed).toBe(before + STAMP_STEP_US);
    expect(machine.kindOf(pushed)).toBe(PUSHED);
    machine.nowUs -= 1_000;
    const believed = machine.give('a') ?? NaN;
    expect(believed % STAMP_STEP_US).toBe(6);
    expect(Math.abs(believed - machine.nowUs)).toBeLessThan(STAMP_STEP_US);
  });

  it('takes a clock that was ten years ahead back at once, also after a restart', () => {
    const machine = new Machine();
    machine.nowUs += 10 * 8_766 * HOUR;
    machine.give('a');
    machine.stop();
    machine.nowUs = NOON;
    const stampUs = machine.give('a') ?? NaN;
    expect(Math.abs(stampUs - NOON)).toBeLessThan(STAMP_STEP_US);
    expect(machine.currentResidue).not.toBe(5);
  });

  it('refuses a sensor that would get more than CLOCK_STEP_MAX ahead of the clock', () => {
    const machine = new Machine();
    let last = 0;
    for (let stampUs = machine.give('a'); stampUs !== undefined; stampUs = machine.give('a')) last = stampUs;
    expect(last - machine.nowUs).toBeLessThanOrEqual(MAX_STEP + STAMP_STEP_US);
    expect(machine.give('b')).toBeDefined();
    machine.pass(SECOND);
    expect(machine.give('a')).toBe(last + STAMP_STEP_US);
  });

  it('gives stamps again that were taken back, and no others', () => {
    const machine = new Machine();
    const kept = machine.give('a') ?? NaN;
    const unused = [machine.give('a') ?? NaN, machine.give('a') ?? NaN];
    for (const stampUs of unused.toReversed()) machine.takeBack('a', stampUs);
    // It is no longer the last one.
    machine.takeBack('a', unused[1] ?? NaN);
    expect([machine.give('a'), machine.give('a')]).toEqual(unused);
    machine.takeBack('b', kept);
    expect(machine.give('b')).toBe(kept);
  });

  it('saves no less than a state that may be on its way to the disk', () => {
    const stamps = new StampAllocator(undefined, true, NOON, MAX_STEP, 5);
    stamps.begin(NOON, 0, 10_000);
    const onItsWay = stamps.toSave();
    stamps.begin(NOON, 0, 1);
    expect(stamps.toSave().current.toUs).toBe(onItsWay.current.toUs);
  });

  it('passes the same hour a hundred times without repeating a stamp', () => {
    const machine = new Machine();
    const given = new Set<number>();
    for (let pass = 0; pass < 100; pass += 1) {
      machine.nowUs = NOON;
      for (let second = 0; second < 20; second += 1) {
        machine.pass(SECOND);
        const stampUs = machine.give('a');
        if (stampUs !== undefined) given.add(stampUs);
      }
      machine.nowUs += HOUR;
      const stampUs = machine.give('a');
      if (stampUs !== undefined) given.add(stampUs);
    }
    expect(given.size).toBe(100 * 21);
  });

  it('stays on the clock when it wakes ten years ahead on each of two hundred days', () => {
    const machine = new Machine();
    const given = new Set<number>();
    for (let day = 0; day < 200; day += 1) {
      machine.nowUs = NOON + 87_660 * HOUR;
      machine.kill();
      for (let second = 0; second < 30; second += 1) {
        given.add(machine.give('a') ?? NaN);
        machine.pass(SECOND);
      }
      machine.nowUs = NOON + day * 24 * HOUR;
      for (let second = 0; second < 30; second += 1) {
        machine.pass(SECOND);
        const stampUs = machine.give('a') ?? NaN;
        expect(Math.abs(stampUs - machine.nowUs)).toBeLessThan(STAMP_STEP_US);
        given.add(stampUs);
      }
      machine.stop();
    }
    expect(given.size).toBe(200 * 60);
  });

  it('gives no sensor a stamp twice, however the clock is set, the process dies and a file is lost', () => {
    const step = fc.oneof(
      fc.record({ jumpUs: fc.integer({ min: -30 * SECOND, max: 30 * SECOND }) }),
      fc.record({
        jumpUs: fc.constantFrom(-HOUR, HOUR, -24 * HOUR, 24 * HOUR, 87_660 * HOUR, -87_660 * HOUR),
      }),
      fc.record({ passUs: fc.constantFrom(1, 64, 1_000, SECOND, 20 * SECOND, HOUR) }),
      fc.record({ burst: fc.integer({ min: 1, max: 3_000 }) }),
      fc.record({ end: fc.constantFrom(...ENDS) }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 63 }),
        (steps, residue) => {
          const machine = new Machine(residue);
          const given = { a: new Set<number>(), b: new Set<number>() };
          const give = (sensorId: 'a' | 'b'): void => {
            const stampUs = machine.give(sensorId);
            if (stampUs === undefined) return;
            if (!Number.isSafeInteger(stampUs)) throw new Error(`${stampUs} is not a safe integer`);
            if (given[sensorId].has(stampUs)) throw new Error(`${sensorId} got ${stampUs} twice`);
            given[sensorId].add(stampUs);
          };
          give('a');
          for (const action of steps) {
            if ('jumpUs' in action)
              machine.nowUs = Math.max(NOON - 87_660 * HOUR, machine.nowUs + action.jumpUs);
            else if ('passUs' in action) machine.pass(action.passUs);
            else if ('burst' in action) for (let count = 0; count < action.burst; count += 1) give('a');
            else machine[action.end]();
            give('a');
            give('b');
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
