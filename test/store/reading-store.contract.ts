import type { ReadingStore } from '../../src/influx/reading-store.js';
import type { Reading } from '../../src/model/reading.js';
import type { SystemEvent } from '../../src/model/system-event.js';
import { AWKWARD_NAMES } from './awkward-names.js';
import { describeBuckets } from './buckets.contract.js';
import { describeDeletions } from './deletions.contract.js';
import { describeLatencies } from './latencies.contract.js';
import { callsOf, FOREVER, NOON, reading, signal } from './store-calls.js';
import { describeCalendar } from './calendar.contract.js';
import { ReadingColumns } from '../../src/model/reading-columns.js';

/** What every ReadingStore does; each implementation runs the same tests. */
export function describeReadingStore(open: () => Promise<ReadingStore>): void {
  let store: ReadingStore;
  let sensors = 0;

  beforeAll(async () => {
    store = await open();
  });
  afterAll(async () => {
    await store.close();
  });

  const newSensor = (): string => `sensor-${(sensors += 1)}`;
  const { write, latest, all } = callsOf(() => store);

  it('gives a reading back as it was written', async () => {
    const written = reading(newSensor(), 0, { value: 42.5, latencyMs: 12.3, timestampUs: NOON + 123_456 });
    await write(written);
    expect(await latest(written.sensorId)).toEqual(written);
    expect(await all(written.sensorId)).toEqual([written]);
  });

  it('knows nothing of a sensor that was never written', async () => {
    expect(await latest('never written')).toBeUndefined();
    expect(await all('never written')).toEqual([]);
  });

  it('takes the newest by timestamp as latest, whatever order the readings come in', async () => {
    const sensorId = newSensor();
    await write(reading(sensorId, 10), reading(sensorId, 30), reading(sensorId, 20));
    expect(await latest(sensorId)).toEqual(reading(sensorId, 30));
  });

  it('does not let a late arrival become latest', async () => {
    const sensorId = newSensor();
    await write(reading(sensorId, 30));
    await write(reading(sensorId, 29));
    expect(await latest(sensorId)).toEqual(reading(sensorId, 30));
  });

  it('replaces a reading of the same sensor, zone and timestamp', async () => {
    const sensorId = newSensor();
    await write(reading(sensorId, 1, { value: 1, latencyMs: 1 }));
    await write(reading(sensorId, 1, { value: 2, latencyMs: 2 }));
    expect(await all(sensorId)).toEqual([reading(sensorId, 1, { value: 2, latencyMs: 2 })]);
  });

  it('keeps the later of two equal points in one write', async () => {
    const sensorId = newSensor();
    await write(reading(sensorId, 1, { value: 1 }), reading(sensorId, 1, { value: 2 }));
    expect(await all(sensorId)).toEqual([reading(sensorId, 1, { value: 2 })]);
  });

  it('keeps an earlier latency when the replacement brings none', async () => {
    const sensorId = newSensor();
    await write(reading(sensorId, 1, { value: 1, latencyMs: 7 }));
    await write(reading(sensorId, 1, { value: 2, latencyMs: undefined }));
    expect(await all(sensorId)).toEqual([reading(sensorId, 1, { value: 2, latencyMs: 7 })]);
  });

  it('leaves an absent latency absent', async () => {
    const sensorId = newSensor();
    const { latencyMs: _, ...written } = reading(sensorId, 1);
    await write(written);
    expect(await all(sensorId)).toStrictEqual([written]);
    expect(await latest(sensorId)).toStrictEqual(written);
  });

  it('does not give the latest reading the latency of an earlier one', async () => {
    const sensorId = newSensor();
    const { latencyMs: _, ...newest } = reading(sensorId, 2);
    await write(reading(sensorId, 1), newest);
    expect(await latest(sensorId)).toStrictEqual(newest);
  });

  it('keeps two zones of one time apart, ordered by zone', async () => {
    const sensorId = newSensor();
    const inA = reading(sensorId, 1, { zone: 'a', value: 1 });
    const inB = reading(sensorId, 1, { zone: 'b', value: 2 });
    await write(inB, inA);
    expect(await all(sensorId)).toEqual([inA, inB]);
    expect(await latest(sensorId)).toEqual(inB);
  });

  it('orders zones by their UTF-8 bytes', async () => {
    const sensorId = newSensor();
    // In UTF-16 the second would stand before the first.
    const zones = ['\uffee', '\u{1f321}'];
    await write(...zones.map((zone) => reading(sensorId, 1, { zone })));
    expect((await all(sensorId)).map(({ zone }) => zone)).toEqual(zones);
  });

  it.each(AWKWARD_NAMES)('returns the name %j unchanged', async (name) => {
    const asSensor = reading(name, 1);
    const asZone = reading(newSensor(), 1, { zone: name });
    await write(asSensor, asZone);
    expect(await latest(name)).toEqual(asSensor);
    expect(await all(asZone.sensorId)).toEqual([asZone]);
  });

  it.each([0, -0.1, 1e-300, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 123456789.12345679])(
    'keeps the value %d to the last digit',
    async (value) => {
      const written = reading(newSensor(), 1, { value, latencyMs: value });
      await write(written);
      expect(await all(written.sensorId)).toEqual([written]);
    },
  );

  it('keeps times from the 17th to the 23rd century, to the microsecond', async () => {
    const sensorId = newSensor();
    const times = [Number.MIN_SAFE_INTEGER, -1, 0, 1, NOON + 1, Number.MAX_SAFE_INTEGER - 1];
    await write(...times.map((timestampUs) => reading(sensorId, 0, { timestampUs })));
    expect((await all(sensorId)).map(({ timestampUs }) => timestampUs)).toEqual(times);
    expect((await latest(sensorId))?.timestampUs).toBe(times.at(-1));
  });

  it('includes the beginning of a range, but not its end', async () => {
    const sensorId = newSensor();
    await write(...[1, 2, 3, 4].map((second) => reading(sensorId, second)));
    const range = { sensorId, fromUs: NOON + 2_000_000, toUs: NOON + 4_000_000, limit: 10 };
    expect(await store.readings(range, signal())).toEqual([reading(sensorId, 2), reading(sensorId, 3)]);
    expect(await store.readings({ ...range, newestFirst: true }, signal())).toEqual([
      reading(sensorId, 3),
      reading(sensorId, 2),
    ]);
    expect(await store.readings({ ...range, toUs: range.fromUs }, signal())).toEqual([]);
  });

  it('gives the readings of one zone, in either order, also where most are of another', async () => {
    const sensorId = newSensor();
    const others = Array.from({ length: 45_000 }, (_, index) =>
      reading(sensorId, 0, { timestampUs: NOON + index * 1_000, zone: index % 15_000 === 7 ? 'rare' : 'b' }),
    );
    const together = Array.from({ length: 3 }, (_, index) =>
      reading(sensorId, 0, { timestampUs: NOON + 20_000_000, zone: ['a', 'rare', 'z'][index] }),
    );
    await write(...others.slice(0, 20_000), ...others.slice(20_001, 45_000), ...together);
    const times = [7, 15_007, 20_000, 30_007].map((index) => NOON + index * 1_000);
    for (const limit of [1, 3, 10])
      for (const newestFirst of [false, true]) {
        const found: Reading[] = [];
        for (let more = true; more;) {
          const range = { sensorId, ...FOREVER, zone: 'rare', newestFirst, after: found.at(-1), limit };
          const page = await store.readings(range, signal());
          found.push(...page);
          more = page.length === limit;
        }
        expect(found.map(({ zone }) => zone)).toEqual(['rare', 'rare', 'rare', 'rare']);
        expect(found.map(({ timestampUs }) => timestampUs)).toEqual(newestFirst ? times.toReversed() : times);
      }
  });

  it('knows the sensors of a range and of a zone', async () => {
    const [a, b, c] = [newSensor(), newSensor(), newSensor()];
    const later = 4_000 * 86_400;
    await write(reading(a, later, { zone: 'sensors of a' }), reading(b, later + 1), reading(c, 0));
    const idsOf = async (zone?: string): Promise<string[]> => {
      const range = { fromUs: NOON + later * 1e6, toUs: NOON + (later + 2) * 1e6, zone };
      const ids: string[] = [];
      for await (const sensorId of store.sensorIds(range, signal())) ids.push(sensorId);
      expect(new Set(ids).size).toBe(ids.length);
      return ids;
    };
    expect(await idsOf()).toEqual(expect.arrayContaining([a, b]));
    expect(await idsOf('sensors of a')).toEqual(expect.arrayContaining([a]));
  });

  it.each([1, 2, 7, 100])('loses and repeats no reading in pages of %d, in either order', async (limit) => {
    const sensorId = newSensor();
    // Zones that share moments, a gap of months, and a burst: what makes paging go wrong.
    const written = [
      ...Array.from({ length: 20 }, (_, index) => reading(sensorId, index, { zone: 'b' })),
      ...Array.from({ length: 20 }, (_, index) => reading(sensorId, index, { zone: 'a' })),
      ...Array.from({ length: 15 }, (_, index) => reading(sensorId, 90 * 86_400 + index * 3600)),
      ...Array.from({ length: 15 }, (_, index) =>
        reading(sensorId, 0, { timestampUs: NOON + 400 * 86_400e6 + index }),
      ),
    ];
    await write(...written);
    const pagesOf = async (newestFirst: boolean): Promise<Reading[]> => {
      const paged: Reading[] = [];
      for (;;) {
        const range = { sensorId, ...FOREVER, newestFirst, after: paged.at(-1), limit };
        const page = await store.readings(range, signal());
        expect(page.length).toBeLessThanOrEqual(limit);
        if (page.length === 0) return paged;
        paged.push(...page);
      }
    };
    const oldestFirst = await all(sensorId);
    expect(await pagesOf(false)).toEqual(oldestFirst);
    expect(await pagesOf(true)).toEqual(oldestFirst.toReversed());
    expect(oldestFirst).toHaveLength(written.length);
    expect(new Set(oldestFirst.map(({ timestampUs, zone }) => `${timestampUs} ${zone}`)).size).toBe(
      written.length,
    );
  });

  it('writes a large batch whole', async () => {
    const sensorId = newSensor();
    const written = Array.from({ length: 5_000 }, (_, second) => reading(sensorId, second));
    await write(...written);
    expect(await all(sensorId)).toEqual(written);
  });

  it('does not start a call that is cancelled already', async () => {
    const sensorId = newSensor();
    await expect(
      store.write(ReadingColumns.of([reading(sensorId, 1)]), AbortSignal.abort()),
    ).rejects.toThrow();
    expect(await all(sensorId)).toEqual([]);
  });

  it('gives the latest of every sensor', async () => {
    const sensorIds = Array.from({ length: 1_500 }, newSensor);
    await write(
      ...sensorIds.flatMap((sensorId) => [reading(sensorId, 2, { zone: 'b' }), reading(sensorId, 1)]),
    );
    const found = new Map<string, Reading>();
    for await (const one of store.allLatest(signal())) {
      expect(found.has(one.sensorId)).toBe(false);
      found.set(one.sensorId, one);
    }
    for (const sensorId of sensorIds)
      expect(found.get(sensorId)).toEqual(reading(sensorId, 2, { zone: 'b' }));
  });

  it('takes the same copy of an event twice without refusing it', async () => {
    const event: SystemEvent = {
      id: newSensor(),
      timeUs: NOON,
      type: 'normal',
      message: 'It "rains", \\ and more',
    };
    expect(await store.copyEvents([event], signal())).toEqual([]);
    expect(await store.copyEvents([event], signal())).toEqual([]);
  });

  it('says how long a start and a stop wait for it; a stop waits a few seconds at most', () => {
    expect(store.drainAtStartMs).toBeGreaterThanOrEqual(0);
    expect(store.drainAtStopMs).toBeGreaterThan(0);
    expect(store.drainAtStopMs).toBeLessThanOrEqual(5_000);
    expect(store.concurrentWrites).toBeGreaterThanOrEqual(1);
    expect(store.label).not.toBe('');
  });

  describe('deletions', () => {
    describeDeletions(() => store, newSensor);
  });

  describe('in buckets', () => {
    describeBuckets(() => store, newSensor);
  });

  describe('of latencies', () => {
    describeLatencies(() => store, newSensor);
  });

  describe('by the calendar', () => {
    describeCalendar(() => store, newSensor);
  });

  it('can be closed twice', async () => {
    const other = await open();
    await other.close();
    await other.close();
  });
}
