import fc from 'fast-check';

import { ShardWriteGate } from '../../src/influx/influxdb/shard-write-gate.js';

const HOUR_US = 3_600_000_000;

interface InFlightWrite {
  readonly hours: readonly number[];
  readonly end: (outcome: 'stored' | 'failed') => void;
}

/** Writes into hours, each in flight from when it may begin until it is ended, by a clock of its own. */
class Writes {
  nowMs = 0;
  /** Those that have begun and not ended, in the order in which they began. */
  readonly inFlight: InFlightWrite[] = [];
  readonly gate = new ShardWriteGate(() => this.nowMs);
  readonly waited: boolean[] = [];
  private readonly settled: Promise<unknown>[] = [];

  /** @param onBegin called when one begins, before it counts as in flight */
  constructor(private readonly onBegin: (hours: readonly number[]) => void = () => undefined) {}

  /** Hands a write over, and gives it the time to begin. */
  async write(hours: readonly number[], signal = new AbortController().signal): Promise<void> {
    const timesUs = hours.map((hour) => hour * HOUR_US + 17);
    const send = (waited: boolean): Promise<void> =>
      new Promise((resolve, reject) => {
        this.onBegin(hours);
        this.waited.push(waited);
        const end = (outcome: 'stored' | 'failed'): void => {
          this.inFlight.splice(this.inFlight.indexOf(one), 1);
          if (outcome === 'stored') resolve();
          else reject(new Error(outcome));
        };
        const one = { hours, end };
        this.inFlight.push(one);
      });
    this.settled.push(this.gate.write(timesUs, signal, send).catch(() => undefined));
    await turn();
  }

  async end(which: number, outcome: 'stored' | 'failed'): Promise<void> {
    this.inFlight[which]?.end(outcome);
    await turn();
  }

  /** Ends all there are, also those that begin only then. */
  async endAll(): Promise<void> {
    while (this.inFlight.length > 0) await this.end(0, 'stored');
    await Promise.all(this.settled);
  }

  get hoursInFlight(): (readonly number[])[] {
    return this.inFlight.map(({ hours }) => hours);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function warm(...hours: number[]): Promise<Writes> {
  const writes = new Writes();
  await writes.write(hours);
  await writes.end(0, 'stored');
  return writes;
}

describe('writes into hours', () => {
  it('run one at a time until one is stored, then in parallel', async () => {
    const writes = new Writes();
    for (let lane = 0; lane < 4; lane += 1) await writes.write([5]);
    expect(writes.hoursInFlight).toEqual([[5]]);
    await writes.end(0, 'stored');
    expect(writes.hoursInFlight).toEqual([[5], [5], [5]]);
    await writes.endAll();
    expect(writes.waited).toEqual([false, true, true, true]);
  });

  it('run one at a time into two cold hours, which may be one shard', async () => {
    const writes = new Writes();
    await writes.write([5]);
    await writes.write([99]);
    expect(writes.hoursInFlight).toEqual([[5]]);
    await writes.endAll();
  });

  it('into warm hours never wait for one into a cold hour', async () => {
    const writes = await warm(5, 6);
    await writes.write([5, 7]);
    await writes.write([5, 6]);
    expect(writes.hoursInFlight).toEqual([
      [5, 7],
      [5, 6],
    ]);
    await writes.endAll();
  });

  it.each<[string, (writes: Writes) => Promise<void> | void]>([
    ['a pause', (writes) => void (writes.nowMs += 1_000)],
    ['an outage', (writes) => writes.gate.forgetAll()],
  ])('run one at a time again after %s', async (_name, happen) => {
    const writes = await warm(5);
    await happen(writes);
    await writes.write([5]);
    await writes.write([5]);
    expect(writes.hoursInFlight).toEqual([[5]]);
    await writes.endAll();
  });

  it('leave their hours cold when they fail', async () => {
    const writes = new Writes();
    for (let lane = 0; lane < 3; lane += 1) await writes.write([5]);
    await writes.end(0, 'failed');
    expect(writes.hoursInFlight).toEqual([[5]]);
    await writes.endAll();
  });

  it('that are cancelled while they wait end at once', async () => {
    const writes = new Writes();
    const stopping = new AbortController();
    await writes.write([5]);
    await writes.write([5], stopping.signal);
    stopping.abort();
    await turn();
    expect(writes.waited).toEqual([false, true]);
    await writes.endAll();
  });

  it('never run in parallel into a shard without a write just before, however long shards are', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ write: fc.array(fc.nat(200), { minLength: 1, maxLength: 4 }) }) },
      {
        weight: 4,
        arbitrary: fc.record({ end: fc.nat(7), outcome: fc.constantFrom('stored', 'stored', 'failed') }),
      },
      { weight: 1, arbitrary: fc.record({ passMs: fc.constantFrom(1, 400, 999, 1_000, 5_000) }) },
    );
    const shardHours = fc.constantFrom(1, 3, 24, 168);
    await fc.assert(
      fc.asyncProperty(shardHours, fc.array(step, { maxLength: 60 }), async (hoursEach, steps) => {
        const shardsOf = (hours: readonly number[]): number[] =>
          hours.map((hour) => Math.floor(hour / hoursEach));
        const readyMs = new Map<number, number>();
        // Collected here and expected below: an error thrown in here would only be the write's failure.
        const conflicts: number[] = [];
        const writes: Writes = new Writes((hours) => {
          const busy = new Set(writes.hoursInFlight.flatMap(shardsOf));
          const isReady = (shard: number): boolean =>
            (readyMs.get(shard) ?? -Infinity) > writes.nowMs - 1_000;
          conflicts.push(...shardsOf(hours).filter((shard) => busy.has(shard) && !isReady(shard)));
        });
        for (const what of steps) {
          if ('write' in what) await writes.write(what.write);
          else if ('passMs' in what) writes.nowMs += what.passMs;
          else if (what.end < writes.inFlight.length) {
            const shards = shardsOf(writes.inFlight[what.end]?.hours ?? []);
            if (what.outcome === 'stored') for (const shard of shards) readyMs.set(shard, writes.nowMs);
            else {
              readyMs.clear();
              writes.gate.forgetAll();
            }
            await writes.end(what.end, what.outcome);
          }
        }
        // Waiting writes begin when the others end; otherwise this never returns.
        while (writes.inFlight.length > 0) {
          for (const shard of shardsOf(writes.inFlight[0]?.hours ?? [])) readyMs.set(shard, writes.nowMs);
          await writes.end(0, 'stored');
        }
        await writes.endAll();
        expect(conflicts).toEqual([]);
      }),
    );
  });
});
