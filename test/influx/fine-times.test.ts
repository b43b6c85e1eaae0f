import { InfluxStore } from '../../src/influx/influxdb/influx-store.js';
import type { ReadingRange } from '../../src/influx/reading-store.js';
import { compareReadings, type Reading } from '../../src/model/reading.js';
import { Influxd } from '../support/influxd.js';

/** A Monday: shards of a bucket without retention begin on Mondays. */
const MONDAY_US = Date.UTC(2026, 0, 5) * 1000;
const WEEK_US = 7 * 86_400_000_000;

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

describe('points whose times are finer than a microsecond', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  it.each([
    ['of one type', ''],
    ['of several types', 'i'],
  ])('show the last one of each microsecond, on pages of any size, with fields %s', async (_name, suffix) => {
    const bucket = await influxd.createBucket();
    const { url, token, org } = influxd;
    const store = new InfluxStore({ url, token, org, bucket, timeoutMs: 20_000 });
    const s = { sensorId: 's', zone: 'z' };
    const point = (timestampUs: number, ns: number, fields: string, zone = 'z', tag = ''): string =>
      `sensor_predictions,sensor_id=s,zone=${zone}${tag} ${fields} ${BigInt(timestampUs) * 1_000n + BigInt(ns)}`;
    const lines: string[] = [];
    const readings: Reading[] = [];
    for (const startUs of [-2, MONDAY_US + WEEK_US])
      for (let us = 0; us < 5; us += 1) {
        for (let ns = 0; ns < 1_000; ns += us === 2 ? 1 : 111)
          lines.push(point(startUs + us, ns, `value=${us * 1_000 + ns},latency_ms=${ns}`));
        readings.push({ ...s, value: us * 1_000 + 999, latencyMs: 999, timestampUs: startUs + us });
      }
    const first = MONDAY_US + WEEK_US + 10;
    lines.push(point(first, 5, 'value=1,latency_ms=1'), point(first, 50, 'value=2'));
    readings.push({ ...s, value: 2, timestampUs: first });
    lines.push(point(first + 1, 7, 'value=3'), point(first + 1, 70, 'latency_ms=4'));
    readings.push({ ...s, value: 3, timestampUs: first + 1 });
    lines.push(point(first + 1, 900, 'value=5', 'a'), point(first + 1, 901, 'value=6', 'a'));
    readings.push({ ...s, zone: 'a', value: 6, timestampUs: first + 1 });
    lines.push(
      point(first + 2, 1, 'value=7', 'z', ',host=a'),
      point(first + 2, 2, 'value=8', 'z', ',host=a'),
    );
    lines.push(point(first + 2, 999, 'value=9'));
    readings.push({ ...s, value: 8, timestampUs: first + 2 });
    await influxd.write(bucket, lines.join('\n'), 'ns');
    await influxd.write(bucket, point(MONDAY_US, 1, `value=4${suffix}`), 'ns');
    readings.push({ ...s, value: 4, timestampUs: MONDAY_US });
    readings.sort(compareReadings);

    const all = { sensorId: 's', fromUs: -10 * WEEK_US, toUs: MONDAY_US + 3 * WEEK_US, limit: 3 };
    const asked: Omit<ReadingRange, 'after'>[] = [
      ...[1, 2, 5, 100].map((limit) => ({ ...all, limit })),
      { ...all, zone: 'z' },
      { ...all, fromUs: -1, toUs: first + 2 },
      { ...all, toUs: 0 },
    ];
    for (const range of asked.flatMap((one) => [one, { ...one, newestFirst: true }])) {
      const paged: Reading[] = [];
      for (let page: Reading[] = []; ;) {
        const after = paged.at(-1);
        page = await store.readings(after ? { ...range, after } : range, signal());
        paged.push(...page);
        if (page.length < range.limit) break;
      }
      const expected = readings.filter(
        ({ zone, timestampUs }) =>
          (range.zone ?? zone) === zone && timestampUs >= range.fromUs && timestampUs < range.toUs,
      );
      expect(paged).toEqual('newestFirst' in range ? expected.reverse() : expected);
    }
    expect(await store.latest('s', signal())).toEqual(readings.at(-1));
    const years = { sensorId: 's', fromUs: -WEEK_US, toUs: WEEK_US, everyUs: WEEK_US };
    const buckets = await store.buckets(years, signal());
    expect(buckets.map(({ startUs, min, max, last }) => [startUs, min, max, last])).toEqual([
      [-WEEK_US, 0, 1_999, 1_999],
      [0, 2_000, 4_999, 4_999],
    ]);
    await store.close();
  });
});
