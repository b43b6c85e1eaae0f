import fc from 'fast-check';

import type { ReadingStore } from '../../src/influx/reading-store.js';
import { type Bucket, roundMean } from '../../src/model/bucket.js';
import { compareReadings, type Reading } from '../../src/model/reading.js';
import { ReadingColumns } from '../../src/model/reading-columns.js';

const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 0, 30, 12) * 1000;

/** What every ReadingStore answers in buckets; part of describeReadingStore(). */
export function describeBuckets(store: () => ReadingStore, newSensor: () => string): void {
  const signal = (): AbortSignal => AbortSignal.timeout(20_000);

  /** Writes values of one sensor by time, and asks for them in buckets. */
  const bucketsOf = async (
    points: readonly (readonly [timestampUs: number, value: number, zone?: string])[],
    range: { fromUs: number; toUs: number; everyUs: number },
    sensorId = newSensor(),
  ): Promise<Bucket[]> => {
    const readings = points.map(([timestampUs, value, zone = 'z']) => ({
      sensorId,
      zone,
      value,
      timestampUs,
    }));
    expect(await store().write(ReadingColumns.of(readings), signal())).toEqual([]);
    return store().buckets({ sensorId, ...range }, signal());
  };
  const bucket = (startUs: number, ...values: number[]): Bucket => ({
    startUs,
    count: values.length,
    min: Math.min(...values),
    max: Math.max(...values),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    last: values.at(-1) ?? NaN,
  });
  const hour = { fromUs: NOON, toUs: NOON + HOUR, everyUs: 60 * SECOND };

  it('gives count, min, max, mean and last of each bucket, and leaves the empty ones out', async () => {
    const found = await bucketsOf(
      [
        [NOON, 1],
        [NOON + SECOND, 4],
        [NOON + 59_999_999, 1],
        [NOON + 600 * SECOND, -5],
      ],
      hour,
    );
    expect(found).toEqual([bucket(NOON, 1, 4, 1), bucket(NOON + 600 * SECOND, -5)]);
  });

  it('gives one bucket for one reading, and none without readings', async () => {
    expect(await bucketsOf([[NOON + 1, 0.1]], hour)).toEqual([bucket(NOON, 0.1)]);
    expect(await bucketsOf([[NOON + HOUR, 1]], hour)).toEqual([]);
    expect(await bucketsOf([[NOON, 1]], { ...hour, toUs: NOON })).toEqual([]);
    expect(await store().buckets({ sensorId: 'never written', ...hour }, signal())).toEqual([]);
  });

  it('aligns buckets to the epoch, and counts only readings of the range in the first and last bucket', async () => {
    const points = Array.from({ length: 20 }, (_, index) => [NOON + index * SECOND, index] as const);
    const range = { fromUs: NOON + 3 * SECOND, toUs: NOON + 12 * SECOND, everyUs: 5 * SECOND };
    expect(await bucketsOf(points, range)).toEqual([
      bucket(NOON, 3, 4),
      bucket(NOON + 5 * SECOND, 5, 6, 7, 8, 9),
      bucket(NOON + 10 * SECOND, 10, 11),
    ]);
  });

  it('aligns buckets before 1970 in the same way', async () => {
    const points = [
      [-HOUR - 1, 1],
      [-HOUR, 2],
      [-1, 3],
      [0, 4],
      [HOUR, 5],
    ] as const;
    expect(await bucketsOf(points, { fromUs: -DAY, toUs: DAY, everyUs: HOUR })).toEqual([
      bucket(-2 * HOUR, 1),
      bucket(-HOUR, 2, 3),
      bucket(0, 4),
      bucket(HOUR, 5),
    ]);
  });

  it('begins weeks on Thursdays, as the epoch did', async () => {
    const found = await bucketsOf([[NOON, 1]], { fromUs: NOON - DAY, toUs: NOON + DAY, everyUs: 7 * DAY });
    expect(found.map(({ startUs }) => new Date(startUs / 1000).toISOString())).toEqual([
      '2026-01-29T00:00:00.000Z',
    ]);
  });

  it('puts all zones of a sensor into one bucket; of readings with one time, the last zone gives the last value', async () => {
    const points = [
      [NOON, 1, 'a'],
      [NOON + 1, 3, 'b'],
      [NOON + 1, 2, 'a'],
      [NOON, 6, '\u{1f321}'],
      [NOON + 1, 8, '\uffee'],
      [NOON + 1, 10, '\u{1f321}'],
    ] as const;
    expect(await bucketsOf(points, hour)).toEqual([
      { startUs: NOON, count: 6, min: 1, max: 10, mean: 5, last: 10 },
    ]);
  });

  it('takes the newest of a bucket as last, whatever order the readings come in', async () => {
    const found = await bucketsOf(
      [
        [NOON + 2, 2],
        [NOON + 3, 3],
        [NOON + 1, 1],
      ],
      hour,
    );
    expect(found).toMatchObject([{ last: 3 }]);
  });

  it.each(['quote " and apostrophe \'', '") |> drop()', "'; DROP TABLE readings; --", '温度 🌡️', '${1 + 1}'])(
    'finds a sensor and a zone called %j',
    async (name) => {
      expect(await bucketsOf([[NOON, 1, name]], hour, `${name} in buckets`)).toEqual([bucket(NOON, 1)]);
    },
  );

  it('has a finite mean of values whose sum overflows', async () => {
    const huge = 1.7e308;
    expect(
      await bucketsOf(
        [
          [NOON, huge],
          [NOON + 1, huge],
          [NOON + SECOND * 90, -huge],
          [NOON + SECOND * 91, -huge],
        ],
        hour,
      ),
    ).toEqual([
      { startUs: NOON, count: 2, min: huge, max: huge, mean: huge, last: huge },
      { startUs: NOON + 60 * SECOND, count: 2, min: -huge, max: -huge, mean: -huge, last: -huge },
    ]);
  });

  it('rounds the mean, and keeps it between min and max', async () => {
    const points = [0.1, 0.2, 0.3, 0.1, 0.2, 0.3].map((value, index) => [NOON + index, value] as const);
    expect(await bucketsOf(points, hour)).toMatchObject([{ mean: 0.2 }]);
    const same = 123456789.12345679;
    expect(
      await bucketsOf(
        [
          [NOON, same],
          [NOON + 1, same],
        ],
        hour,
      ),
    ).toMatchObject([{ mean: same }]);
    expect(
      await bucketsOf(
        [
          [NOON, 0.1],
          [NOON + 1, 0.2],
          [NOON + 2, -0.3],
        ],
        hour,
      ),
    ).toMatchObject([{ mean: 0 }]);
  });

  it('covers all of time in one bucket, and in buckets of decades', async () => {
    const points = [
      [Number.MIN_SAFE_INTEGER, 1],
      [-1, 2],
      [0, 3],
      [Number.MAX_SAFE_INTEGER - 1, 4],
    ] as const;
    const range = { fromUs: Number.MIN_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER };
    const sensorId = newSensor();
    const long = 16_384 * 7 * DAY;
    expect(await bucketsOf(points, { ...range, everyUs: long }, sensorId)).toEqual([
      bucket(-long, 1, 2),
      bucket(0, 3, 4),
    ]);
    const decade = 3_653 * DAY;
    expect(await bucketsOf([], { ...range, everyUs: decade }, sensorId)).toEqual(
      points.map(([timestampUs, value]) => bucket(Math.floor(timestampUs / decade) * decade, value)),
    );
  });

  it('takes many buckets of a dense range', async () => {
    const points = Array.from({ length: 30_000 }, (_, index) => [NOON + index * 1_000, index] as const);
    const found = await bucketsOf(points, { fromUs: NOON, toUs: NOON + HOUR, everyUs: 3_000 });
    expect(found).toEqual(
      Array.from({ length: 10_000 }, (_, index) =>
        bucket(NOON + index * 3_000, 3 * index, 3 * index + 1, 3 * index + 2),
      ),
    );
  });

  it('gives the same numbers as a plain computation', async () => {
    const times = fc.oneof(
      fc.integer({ min: -3 * HOUR, max: 3 * HOUR }),
      fc.integer({ min: NOON, max: NOON + 20_000 }),
      fc.integer({ min: NOON, max: NOON + 2 * DAY }),
    );
    const reading = fc.record({
      zone: fc.constantFrom('a', 'b', 'Z'),
      timestampUs: times,
      // Whole numbers, whose sums are exact.
      value: fc.integer({ min: -1_000_000, max: 1_000_000 }),
    });
    const every = fc.constantFrom(1_000, 7_001, SECOND, 300 * SECOND, HOUR, 25 * HOUR, 7 * DAY, 5_000 * DAY);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(reading, {
          maxLength: 50,
          selector: ({ zone, timestampUs }) => `${timestampUs} ${zone}`,
        }),
        every,
        fc.tuple(times, times),
        async (points, everyUs, ends) => {
          const sensorId = newSensor();
          const readings = points.map((point) => ({ sensorId, ...point }));
          await store().write(ReadingColumns.of(readings), signal());
          const range = { sensorId, fromUs: Math.min(...ends), toUs: Math.max(...ends), everyUs };
          expect(await store().buckets(range, signal())).toEqual(compute(readings, range));
        },
      ),
      { numRuns: 60 },
    );
  });
}

function compute(
  readings: readonly Reading[],
  { fromUs, toUs, everyUs }: { fromUs: number; toUs: number; everyUs: number },
): Bucket[] {
  const groups = new Map<number, Reading[]>();
  for (const reading of readings.toSorted(compareReadings)) {
    if (reading.timestampUs < fromUs || reading.timestampUs >= toUs) continue;
    const startUs = Math.floor(reading.timestampUs / everyUs) * everyUs;
    groups.set(startUs, [...(groups.get(startUs) ?? []), reading]);
  }
  return Array.from(groups, ([startUs, group]) => {
    const values = group.map(({ value }) => value);
    const min = Math.min(...values);
    const max = Math.max(...values);
    const mean = roundMean({ min, max, mean: values.reduce((sum, value) => sum + value, 0) / values.length });
    return { startUs, count: values.length, min, max, mean, last: values.at(-1) ?? NaN };
  }).sort((a, b) => a.startUs - b.startUs);
}
