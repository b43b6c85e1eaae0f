import { InfluxStore } from '../../src/influx/influxdb/influx-store.js';
import { Influxd } from '../support/influxd.js';
import { describeReadingStore } from '../store/reading-store.contract.js';
import { ReadingColumns } from '../../src/model/reading-columns.js';

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

describe('InfluxStore', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  const open = (bucket: string): InfluxStore =>
    new InfluxStore({ url: influxd.url, token: influxd.token, org: influxd.org, bucket, timeoutMs: 10_000 });

  describeReadingStore(async () => open(await influxd.createBucket()));

  it('stores the others when readings are older than the retention, and says which it refused and why', async () => {
    const bucket = await influxd.createBucket(7 * 86_400);
    const store = open(bucket);
    const now = Date.now() * 1000;
    const readings = Array.from({ length: 9 }, (_, index) => ({
      sensorId: 's',
      zone: 'z',
      value: index,
      latencyMs: 1,
      timestampUs: index % 4 === 1 ? now - 30 * 86_400e6 + index : now - index * 1_000_000,
    }));
    const refusals = await store.write(ReadingColumns.of(readings), signal());
    expect(refusals.map(({ index }) => index)).toEqual([1, 5]);
    for (const { kind, reason } of refusals)
      expect([kind, reason]).toEqual(['retention', expect.stringMatching(/retention/)]);
    const stored = await store.readings({ sensorId: 's', fromUs: 0, toUs: now + 1, limit: 100 }, signal());
    expect(stored.map(({ value }) => value).sort()).toEqual([0, 2, 3, 4, 6, 7, 8]);
    await store.close();
  });

  it.each([
    ['a point without a zone', 'sensor_predictions,sensor_id=s value=1 1000'],
    ['a value that is text', 'sensor_predictions,sensor_id=s,zone=z value="text" 1000'],
    ['a value that is text, and spells a number', 'sensor_predictions,sensor_id=s,zone=z value="21.5" 1000'],
    ['a value that is true', 'sensor_predictions,sensor_id=s,zone=z value=true 1000'],
    ['a latency without a value', 'sensor_predictions,sensor_id=s,zone=z latency_ms=1 1000'],
  ])('ignores %s that others wrote into its measurement', async (_name, line) => {
    const bucket = await influxd.createBucket();
    await influxd.write(bucket, line);
    const store = open(bucket);
    expect(await store.latest('s', signal())).toBeUndefined();
    expect(await store.readings({ sensorId: 's', fromUs: 0, toUs: 1e6, limit: 10 }, signal())).toEqual([]);
    const range = { sensorId: 's', fromUs: 0, toUs: 1e6, everyUs: 1_000 };
    expect(await store.buckets(range, signal())).toEqual([]);
    await store.close();
  });

  it.each([
    ['token', { token: 'wrong' }, /refuses INFLUXDB_TOKEN/],
    ['bucket', { bucket: 'missing' }, /does not know .*INFLUXDB_BUCKET missing/],
    ['organization', { org: 'missing' }, /does not know INFLUXDB_ORG missing/],
  ])('is down with the reason when the %s is wrong', async (_name, wrong, reason) => {
    const bucket = await influxd.createBucket();
    const store = new InfluxStore({
      url: influxd.url,
      token: influxd.token,
      org: influxd.org,
      bucket,
      timeoutMs: 10_000,
      ...wrong,
    });
    const change = await new Promise((resolve) => {
      store.onStateChange(resolve);
    });
    const credentialsRefused = 'token' in wrong ? true : undefined;
    expect(change).toEqual({ state: 'down', reason: expect.stringMatching(reason), credentialsRefused });
    const reading = { sensorId: 's', zone: 'z', value: 1, timestampUs: 1 };
    await expect(store.write(ReadingColumns.of([reading]), signal())).rejects.toThrow(reason);
    await store.close();
  });
});
