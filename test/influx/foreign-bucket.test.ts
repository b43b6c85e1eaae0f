import { type Bucket, BucketParts, type BucketSpans, partOf } from '../../src/model/bucket.js';
import { covers } from '../../src/model/deletion.js';
import { compareReadings, type Reading } from '../../src/model/reading.js';
import { InfluxStore } from '../../src/influx/influxdb/influx-store.js';
import type { StoreFinding } from '../../src/influx/reading-store.js';
import { plainLatencies } from '../store/plain-latencies.js';
import { until } from '../support/environment.js';
import { Influxd } from '../support/influxd.js';

const DAY_US = 86_400_000_000;
/** A Monday: shards of a bucket without retention begin on Mondays. */
const MONDAY_US = Date.UTC(2026, 0, 5) * 1000;
const WEEK_US = 7 * DAY_US;
/** Uneven days, which begin at half past an hour. */
const EDGES_US = Array.from(
  { length: 160 },
  (_, day) => MONDAY_US - WEEK_US - DAY_US + day * DAY_US + (day > 30 ? 5_400_000_000 : 1_800_000_000),
);
const S = { sensorId: 's', zone: 'z' };
const SUFFIX = { float: '', integer: 'i', unsigned: 'u' };

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

describe('a bucket that others wrote', () => {
  let influxd: Influxd;
  const stores: InfluxStore[] = [];

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  const open = (bucket: string): InfluxStore => {
    const { url, token, org } = influxd;
    const store = new InfluxStore({ url, token, org, bucket, timeoutMs: 20_000 });
    stores.push(store);
    return store;
  };

  async function expectAll(store: InfluxStore, readings: readonly Reading[]): Promise<void> {
    const range = { fromUs: MONDAY_US - WEEK_US, toUs: MONDAY_US + 20 * WEEK_US };
    for (const sensorId of new Set(readings.map((reading) => reading.sensorId))) {
      const all = readings.filter((reading) => reading.sensorId === sensorId).sort(compareReadings);
      expect(await store.readings({ sensorId, ...range, limit: 10_000 }, signal())).toEqual(all);
      expect(await store.latest(sensorId, signal())).toEqual(all.at(-1));
      const [zone = ''] = new Set(all.map((reading) => reading.zone));
      for (const [asked, expected] of [
        [{}, all],
        [{ newestFirst: true }, [...all].reverse()],
        [{ zone }, all.filter((reading) => reading.zone === zone)],
      ] as const) {
        const paged: Reading[] = [];
        for (let page: Reading[] = []; ;) {
          const after = paged.at(-1);
          page = await store.readings(
            { sensorId, ...range, ...asked, ...(after && { after }), limit: 3 },
            signal(),
          );
          if (page.length === 0) break;
          paged.push(...page);
        }
        expect(paged).toEqual(expected);
      }
      expect(await store.count({ sensorId, ...range }, signal())).toBe(all.length);
      expect(await store.count({ sensorId, zone, ...range }, signal())).toBe(
        all.filter((reading) => reading.zone === zone).length,
      );
      for (const everyUs of [3_600_000_000, 10 * DAY_US, 3_000 * DAY_US])
        expect(await store.buckets({ sensorId, ...range, everyUs }, signal())).toEqual(
          bucketsOf(all, { everyUs }),
        );
      for (const everyUs of [3_600_000_000, 10 * DAY_US, 3_000 * DAY_US])
        expect(await store.latencies({ sensorId, ...range, everyUs }, signal())).toEqual(
          plainLatencies(all, { everyUs }),
        );
      const spans = { edgesUs: EDGES_US };
      expect(await store.latencies({ sensorId, ...range, ...spans }, signal())).toEqual(
        plainLatencies(all, spans),
      );
      expect(await store.buckets({ sensorId, ...range, ...spans }, signal())).toEqual(bucketsOf(all, spans));
    }
    for (const zone of [undefined, ...new Set(readings.map((reading) => reading.zone))]) {
      const inZone = readings.filter((reading) => zone === undefined || reading.zone === zone);
      const sensorIds: string[] = [];
      for await (const sensorId of store.sensorIds(
        { ...range, ...(zone !== undefined && { zone }) },
        signal(),
      ))
        sensorIds.push(sensorId);
      expect(sensorIds.sort()).toEqual([...new Set(inZone.map(({ sensorId }) => sensorId))].sort());
    }
    const latest: Reading[] = [];
    for await (const reading of store.allLatest(signal())) latest.push(reading);
    const byId = (a: Reading, b: Reading): number => (a.sensorId < b.sensorId ? -1 : 1);
    const expected = [
      ...new Map([...readings].sort(compareReadings).map((one) => [one.sensorId, one])).values(),
    ];
    expect(latest.sort(byId)).toEqual(expected.sort(byId));
  }

  it.each([
    [['integer', 'float']],
    [['float', 'integer']],
    [['float', 'integer', 'unsigned', 'float']],
    [['integer', 'float', 'integer']],
  ] as const)('is read whole when the type of value changes between shards: %j', async (types) => {
    const bucket = await influxd.createBucket();
    const readings: Reading[] = [];
    for (const [week, type] of types.entries())
      for (const [index, sensorId] of [
        'it\'s "1" \\b',
        ['first', 'middle', 'then', 'last'][week] ?? '',
      ].entries())
        for (const day of [0, 1, 6])
          readings.push({
            sensorId: sensorId.replaceAll('\\', ''),
            zone: week % 2 === 0 ? 'hall, 1' : 'z=2',
            value: type === 'float' ? week + day / 8 : week + day,
            latencyMs: day,
            timestampUs: MONDAY_US + week * WEEK_US + day * DAY_US + index,
          });
    for (const [week, type] of types.entries())
      await influxd.write(
        bucket,
        linesOf(
          readings.filter((one) => weekOf(one) === week),
          SUFFIX[type],
        ),
      );
    const store = open(bucket);
    const findings: StoreFinding[] = [];
    store.onFinding((finding) => findings.push(finding));
    await expectAll(store, readings);
    const deletion = { sensorId: 'first', zone: 'hall, 1', fromUs: MONDAY_US, toUs: MONDAY_US + DAY_US + 2 };
    expect(await store.count(deletion, signal())).toBe(2);
    await store.delete(deletion, signal());
    expect(await store.count(deletion, signal())).toBe(0);
    await expectAll(
      store,
      readings.filter((one) => !covers(deletion, one)),
    );
    expect(findings).toEqual([
      { type: 'normal', message: expect.stringMatching(/the field value .* different types/) },
    ]);
  });

  it('is read whole within a moment after a shard with another type is written', async () => {
    const bucket = await influxd.createBucket();
    const store = open(bucket);
    const reading = { sensorId: 's', zone: 'z', value: 1.5, latencyMs: 1, timestampUs: MONDAY_US + WEEK_US };
    await influxd.write(bucket, linesOf([reading]));
    await expectAll(store, [reading]);
    const older = { ...reading, value: 3, timestampUs: MONDAY_US };
    await influxd.write(bucket, linesOf([older], 'i'));
    const range = { sensorId: 's', fromUs: MONDAY_US, toUs: MONDAY_US + 2 * WEEK_US, limit: 10 };
    await until(
      async () => (await store.readings(range, signal())).length === 2 || undefined,
      'both readings',
      1_000,
    );
    await expectAll(store, [reading, older]);
  });

  it('is read whole when latency_ms alone changes its type, and where other shards have text', async () => {
    const bucket = await influxd.createBucket();
    const store = open(bucket);
    const at = (week: number): string => String(MONDAY_US + week * WEEK_US);
    await influxd.write(bucket, `sensor_predictions,sensor_id=s,zone=z value=1.5,latency_ms=3i ${at(0)}`);
    await influxd.write(bucket, `sensor_predictions,sensor_id=s,zone=z value=2.5,latency_ms=1.5 ${at(1)}`);
    await influxd.write(bucket, `sensor_predictions,sensor_id=s,zone=z value="text" ${at(2)}`);
    await influxd.write(bucket, `sensor_predictions,sensor_id=s,zone=z value=true ${at(3)}`);
    const s = { sensorId: 's', zone: 'z' };
    await expectAll(store, [
      { ...s, value: 1.5, latencyMs: 3, timestampUs: Number(at(0)) },
      { ...s, value: 2.5, latencyMs: 1.5, timestampUs: Number(at(1)) },
    ]);
  });

  it('has the latencies of a bucket with more than InfluxDB is to sort', async () => {
    const bucket = await influxd.createBucket();
    const store = open(bucket);
    const line = (index: number): string =>
      `sensor_predictions,sensor_id=s,zone=z value=1i,latency_ms=${(index * 7_919) % 1_000_003} ${MONDAY_US + index}`;
    for (let begin = 0; begin < 1_000_003; begin += 50_000)
      await influxd.write(
        bucket,
        Array.from({ length: Math.min(50_000, 1_000_003 - begin) }, (_, index) => line(begin + index)).join(
          '\n',
        ),
      );
    const alone = `sensor_predictions,sensor_id=s,zone=z latency_ms=1 ${MONDAY_US - 1}`;
    await influxd.write(bucket, alone);
    const range = { sensorId: 's', fromUs: MONDAY_US - WEEK_US, toUs: MONDAY_US + WEEK_US };
    expect(await store.latencies({ ...range, everyUs: WEEK_US / 7 }, signal())).toEqual([
      { startUs: MONDAY_US, count: 1_000_003, p50Ms: 500_000, p95Ms: 950_000 },
    ]);
  }, 60_000);

  it('has nothing to delete where all values are text', async () => {
    const bucket = await influxd.createBucket();
    const store = open(bucket);
    await influxd.write(bucket, `sensor_predictions,sensor_id=s,zone=z value="text" ${MONDAY_US}`);
    const range = { sensorId: 's', fromUs: MONDAY_US, toUs: MONDAY_US + WEEK_US };
    expect(await store.readings({ ...range, limit: 10 }, signal())).toEqual([]);
    expect(await store.count(range, signal())).toBe(0);
  });

  it.each([
    ['of one type', ''],
    ['of several types', 'i'],
  ])('tells the same story of series with a further tag, with fields %s', async (_name, suffix) => {
    const bucket = await influxd.createBucket();
    const store = open(bucket);
    const s = { sensorId: 's', zone: 'z' };
    const first = MONDAY_US + WEEK_US;
    const tagged = (tag: string, value: number, at: number, latency = ''): string =>
      `sensor_predictions,sensor_id=s,zone=z${tag} value=${value}${latency} ${at}`;
    await influxd.write(
      bucket,
      [
        tagged(',host=a', 1, first, ',latency_ms=7'),
        tagged(',host=b', 2, first),
        tagged('', 3, first),
        tagged(',host=a', 4, first + 1),
        tagged('', 5, first + 2, ',latency_ms=1'),
        tagged(',host=b', 6, first + 3 * DAY_US),
        tagged(',host=a', 1.7e308, first + 5 * DAY_US),
        tagged(',host=a', 1.6e308, first + 5 * DAY_US + 1),
      ].join('\n'),
    );
    await influxd.write(bucket, tagged('', 9, MONDAY_US).replace('value=9', `value=9${suffix}`));
    await expectAll(store, [
      { ...s, value: 9, timestampUs: MONDAY_US },
      { ...s, value: 2, timestampUs: first },
      { ...s, value: 4, timestampUs: first + 1 },
      { ...s, value: 5, latencyMs: 1, timestampUs: first + 2 },
      { ...s, value: 6, timestampUs: first + 3 * DAY_US },
      { ...s, value: 1.7e308, timestampUs: first + 5 * DAY_US },
      { ...s, value: 1.6e308, timestampUs: first + 5 * DAY_US + 1 },
    ]);
  });

  it.each([
    ['of one type', ''],
    ['of several types', 'i'],
  ])('misses no reading behind many latencies without a value, with fields %s', async (_name, suffix) => {
    const bucket = await influxd.createBucket();
    const store = open(bucket);
    const readings = Array.from({ length: 8 }, (_, index) => ({
      sensorId: 's',
      zone: 'z',
      value: index,
      latencyMs: index,
      timestampUs: MONDAY_US + WEEK_US + 50 + index,
    }));
    const alone = Array.from(
      { length: 40 },
      (_, index) => `sensor_predictions,sensor_id=s,zone=z latency_ms=1 ${MONDAY_US + WEEK_US + index}`,
    );
    await influxd.write(bucket, [...alone, linesOf(readings)].join('\n'));
    const older = { ...readings[0], sensorId: 'old', zone: 'z', value: 1, timestampUs: MONDAY_US };
    await influxd.write(bucket, linesOf([older], suffix));
    await expectAll(store, [older, ...readings]);
  });
  it('is not read while InfluxDB maps its name to another bucket, and is once it has a name of its own', async () => {
    const bucket = await influxd.createBucket();
    await influxd.write(bucket, linesOf([{ ...S, value: 3, timestampUs: MONDAY_US }], 'i'));
    await influxd.write(bucket, linesOf([{ ...S, value: 4.5, timestampUs: MONDAY_US + WEEK_US }]));
    await influxd.map(await influxd.createBucket(), bucket);
    const store = open(bucket);
    const range = { sensorId: 's', fromUs: MONDAY_US, toUs: MONDAY_US + 2 * WEEK_US, limit: 10 };
    await expect(store.readings(range, signal())).rejects.toThrow(
      /readings could be missing .*no DBRP mapping for INFLUXDB_BUCKET .*influx v1 dbrp create --bucket-id \w{16}/,
    );
    await until(() => store.state.unreadable, 'the reason');
    await influxd.map(bucket, `of-${bucket}`);
    await until(() => (store.state.unreadable === undefined ? true : undefined), 'the mapping', 5_000);
    const found = await store.readings(range, signal());
    expect(found.map(({ value }) => value)).toEqual([3, 4.5]);
  });
});

function weekOf({ timestampUs }: Reading): number {
  return Math.floor((timestampUs - MONDAY_US) / WEEK_US);
}

function linesOf(readings: readonly Reading[], suffix = ''): string {
  const escape = (text: string): string => text.replace(/[ ,=]/g, '\\$&');
  return readings
    .map(
      ({ sensorId, zone, value, latencyMs = 0, timestampUs }) =>
        `sensor_predictions,sensor_id=${escape(sensorId)},zone=${escape(zone)} value=${value}${suffix},latency_ms=${latencyMs} ${timestampUs}`,
    )
    .join('\n');
}

function bucketsOf(readings: readonly Reading[], spans: BucketSpans): Bucket[] {
  const parts = new BucketParts();
  for (const reading of readings) parts.add(partOf(reading, spans));
  return parts.buckets();
}
