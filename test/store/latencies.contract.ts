import fc from 'fast-check';

import type { BucketRange, ReadingStore } from '../../src/influx/reading-store.js';
import type { LatencyBucket } from '../../src/model/latencies.js';
import type { Reading } from '../../src/model/reading.js';
import { ReadingColumns } from '../../src/model/reading-columns.js';
import { calendarEdges } from '../../src/readings/calendar-edges.js';
import { plainLatencies } from './plain-latencies.js';

const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 0, 30, 12) * 1000;

/** What every ReadingStore answers about latencies; part of describeReadingStore(). */
export function describeLatencies(store: () => ReadingStore, newSensor: () => string): void {
  const signal = (): AbortSignal => AbortSignal.timeout(20_000);

  type Point = readonly [timestampUs: number, latencyMs: number | undefined, zone?: string];

  /** Writes readings of one sensor by time. */
  const write = async (points: readonly Point[], sensorId = newSensor()): Promise<Reading[]> => {
    const readings = points.map(([timestampUs, latencyMs, zone = 'z'], index) => ({
      sensorId,
      zone,
      value: index - 3,
      timestampUs,
      ...(latencyMs !== undefined && { latencyMs }),
    }));
    expect(await store().write(ReadingColumns.of(readings), signal())).toEqual([]);
    return readings;
  };
  const ask = (range: BucketRange): Promise<LatencyBucket[]> => store().latencies(range, signal());
  const latenciesOf = async (
    points: readonly Point[],
    range: { fromUs: number; toUs: number; everyUs: number; offsetUs?: number },
  ): Promise<LatencyBucket[]> => {
    const sensorId = newSensor();
    await write(points, sensorId);
    return ask({ sensorId, ...range });
  };
  const hour = { fromUs: NOON, toUs: NOON + HOUR, everyUs: 60 * SECOND };

  it('gives count, p50 and p95 of each bucket, and leaves out readings and buckets without a latency', async () => {
    const found = await latenciesOf(
      [
        [NOON, 30],
        [NOON + 1, undefined],
        [NOON + SECOND, 10],
        [NOON + 59_999_999, 20],
        [NOON + 120 * SECOND, undefined],
        [NOON + 600 * SECOND, 0.25, 'other'],
        [NOON + HOUR, 5],
      ],
      hour,
    );
    expect(found).toEqual([
      { startUs: NOON, count: 3, p50Ms: 20, p95Ms: 30 },
      { startUs: NOON + 600 * SECOND, count: 1, p50Ms: 0.25, p95Ms: 0.25 },
    ]);
  });

  it.each([
    [1, 1, 1],
    [2, 1, 2],
    [3, 2, 3],
    [9, 5, 9],
    [10, 5, 10],
    [11, 6, 10],
    [100, 50, 95],
    [1_000, 500, 950],
  ])('takes the nearest of %d latencies: the %dth and the %dth', async (count, p50Ms, p95Ms) => {
    const points = Array.from({ length: count }, (_, index) => [NOON + index, count - index] as const);
    expect(await latenciesOf(points, hour)).toEqual([{ startUs: NOON, count, p50Ms, p95Ms }]);
  });

  it('has nothing for a sensor without readings, without latencies, and in an empty range', async () => {
    expect(await ask({ sensorId: 'never written', ...hour })).toEqual([]);
    expect(await latenciesOf([[NOON, undefined]], hour)).toEqual([]);
    expect(await latenciesOf([[NOON, 1]], { ...hour, toUs: NOON })).toEqual([]);
  });

  it('keeps the smallest and the largest numbers', async () => {
    const points = [-1.7976931348623157e308, -1, 0, 5e-324, 1e300].map((latencyMs, index) => {
      return [NOON + index * 60 * SECOND, latencyMs] as const;
    });
    expect((await latenciesOf(points, hour)).map(({ p50Ms }) => p50Ms)).toEqual(
      points.map(([, latencyMs]) => latencyMs),
    );
  });

  it('covers all of time in buckets of centuries, and times before 1970', async () => {
    const points = [
      [Number.MIN_SAFE_INTEGER, 1],
      [-HOUR - 1, 2],
      [-1, 3],
      [0, 4],
      [Number.MAX_SAFE_INTEGER - 1, 5],
    ] as const;
    const [sensorId, all] = [newSensor(), { fromUs: Number.MIN_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER }];
    const readings = await write(points, sensorId);
    for (const everyUs of [16_384 * 7 * DAY, 3_653 * DAY, 1_000 * DAY])
      expect(await ask({ sensorId, ...all, everyUs })).toEqual(plainLatencies(readings, { everyUs }));
    expect(await ask({ sensorId, fromUs: -DAY, toUs: 0, everyUs: HOUR })).toEqual([
      { startUs: -2 * HOUR, count: 1, p50Ms: 2, p95Ms: 2 },
      { startUs: -HOUR, count: 1, p50Ms: 3, p95Ms: 3 },
    ]);
  });

  it('is right to three digits where a bucket has more than 10,000 latencies, and exact beside it', async () => {
    const points = Array.from({ length: 45_000 }, (_, index) => {
      return [NOON + index * 1_000, ((index * 7_919) % 45_000) / 7] as const;
    });
    const sensorId = newSensor();
    const readings = [];
    for (let begin = 0; begin < points.length; begin += 10_000)
      readings.push(...(await write(points.slice(begin, begin + 10_000), sensorId)));
    const everyUs = 20 * SECOND;
    const found = await ask({ sensorId, ...hour, everyUs });
    const expected = plainLatencies(readings, { everyUs });
    expect(found.map(({ startUs, count }) => [startUs, count])).toEqual(
      expected.map(({ startUs, count }) => [startUs, count]),
    );
    expect(expected.map(({ count }) => count)).toEqual([20_000, 20_000, 5_000]);
    for (const [index, { p50Ms, p95Ms }] of expected.entries()) {
      expect(Math.abs((found[index]?.p50Ms ?? NaN) - p50Ms)).toBeLessThanOrEqual(p50Ms * 0.005);
      expect(Math.abs((found[index]?.p95Ms ?? NaN) - p95Ms)).toBeLessThanOrEqual(p95Ms * 0.005);
    }
    expect(found[2]).toEqual(expected[2]);
  });

  it('takes many buckets of a dense range', async () => {
    const points = Array.from({ length: 30_000 }, (_, index) => [NOON + index * 1_000, index % 7] as const);
    const sensorId = newSensor();
    const readings = await write(points, sensorId);
    const everyUs = 3_000;
    const found = await ask({ sensorId, fromUs: NOON, toUs: NOON + 30 * SECOND, everyUs });
    expect(found).toEqual(plainLatencies(readings, { everyUs }));
    expect(found).toHaveLength(10_000);
  });

  it('gives the same numbers as a plain computation, by length and by the calendar', async () => {
    const times = fc.oneof(
      fc.integer({ min: -3 * HOUR, max: 3 * HOUR }),
      fc.integer({ min: NOON, max: NOON + 20_000 }),
      fc.integer({ min: NOON, max: NOON + 100 * DAY }),
    );
    const reading = fc.record({
      zone: fc.constantFrom('a', 'b', '\u{1f321}'),
      timestampUs: times,
      latencyMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
    });
    const every = fc.constantFrom(7_001, SECOND, HOUR, 25 * HOUR, 7 * DAY, 5_000 * DAY, 'day', 'month');
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(reading, {
          maxLength: 50,
          selector: ({ zone, timestampUs }) => `${timestampUs} ${zone}`,
        }),
        every,
        fc.tuple(times, times),
        async (found, length, ends) => {
          const sensorId = newSensor();
          const points = found.map(({ timestampUs, latencyMs, zone }) => {
            return [timestampUs, latencyMs, zone] as const;
          });
          const readings = await write(points, sensorId);
          const range = { fromUs: Math.min(...ends), toUs: Math.max(...ends) };
          const spans =
            length === 'day' || length === 'month'
              ? { edgesUs: await calendarEdges(range, length, 'Europe/Berlin') }
              : { everyUs: Number(length), offsetUs: Number(length) / 7_001 === 1 ? 10 : 0 };
          const inRange = readings.filter(({ timestampUs }) => {
            return timestampUs >= range.fromUs && timestampUs < range.toUs;
          });
          expect(await ask({ sensorId, ...range, ...spans })).toEqual(plainLatencies(inRange, spans));
        },
      ),
      { numRuns: 60 },
    );
  });
}
