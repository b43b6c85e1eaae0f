import { deleteReadings, describeDeletionContract } from '../e2e/deletion.contract.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { InfluxGateways } from '../support/influx-gateways.js';
import { Influxd, InfluxdProcess, onboard } from '../support/influxd.js';

const NOON = Date.UTC(2026, 0, 30, 12);

const reading = (value: number): object => ({
  ...{ sensorId: 's', zone: 'z', value, latencyMs: 1, timestamp: NOON + value },
});
const range = (from: number, to: number): Record<string, string> => ({
  ...{ from: String(NOON + from), to: String(NOON + to) },
});

describe('deleting readings of InfluxDB', () => {
  const { start } = new InfluxGateways();
  describeDeletionContract(() => start());
});

describe('a deletion', () => {
  it('deletes dead letters, too, and a replay brings none of them back', async () => {
    const influxd = await Influxd.start();
    const bucket = await influxd.createBucket();
    // A field that others wrote as text refuses numbers, until its series is gone.
    await influxd.write(bucket, `sensor_predictions,sensor_id=t,zone=z value="text" ${NOON}000`);
    const gateway = await Gateway.start(influxd.variables(bucket));
    await gateway.post('/api/ingest/batch', [1, 2, 3, 4].map(reading));
    await gateway.settled();
    expect(await deleteReadings(gateway, 's', range(2, 4))).toMatchObject({
      status: 200,
      body: { deleted: 0, deadLetters: 2 },
    });
    await influxd.clear(bucket);
    const replayed = await gateway.get('/api/dead-letters/replay', { method: 'POST' });
    expect(await replayed.json()).toMatchObject({ replayed: 2 });
    await gateway.settled();
    const found = (await gateway.json(`/api/readings/s?from=${NOON}&to=${NOON + 9}`)) as { value: number }[];
    expect(found.map(({ value }) => value)).toEqual([1, 4]);
    expect(await gateway.pipeline()).toMatchObject({ accepted: 4, stored: 2, queued: 0, deadLettered: 2 });
    await gateway.stop();
    await influxd.stop();
  });

  it('is carried out when the bucket may not be read, and says that it cannot count', async () => {
    const influxd = await Influxd.start();
    const bucket = await influxd.createBucket();
    const token = await influxd.createToken(bucket, 'write');
    const gateway = await Gateway.start({ ...influxd.variables(bucket), INFLUXDB_TOKEN: token });
    await gateway.post('/api/ingest/batch', [1, 2].map(reading));
    await gateway.settled();
    const { status, body } = await deleteReadings(gateway, 's', range(0, 9));
    expect([status, body]).toEqual([
      200,
      {
        ...{ sensorId: 's', from: '2026-01-30T12:00:00Z', to: '2026-01-30T12:00:00.009Z' },
        ...{ done: true, deadLetters: 0 },
      },
    ]);
    await gateway.post('/api/ingest/batch', [3, 4].map(reading));
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ stored: 4, queued: 0, pendingDeletions: 0 });
    const entries = (await gateway.json('/api/logs?sensorId=s')) as { message: string }[];
    expect(entries.at(0)?.message).toMatch(/^Readings of s .* deleted; InfluxDB did not say how many$/);
    const readable = await Gateway.start(influxd.variables(bucket));
    const found = (await readable.json(`/api/readings/s?from=${NOON}&to=${NOON + 9}`)) as { value: number }[];
    expect(found.map(({ value }) => value)).toEqual([3, 4]);
    await readable.stop();
    await gateway.stop();
    await influxd.stop();
  });

  it('waits for a store that is away, in order, through kill -9, and answers 202 meanwhile', async () => {
    const folder = emptyFolder();
    const first = await InfluxdProcess.start(folder);
    const { token, org, bucket } = await onboard(first.url);
    const env = {
      ...{ INFLUXDB_URL: first.url, INFLUXDB_TOKEN: token, INFLUXDB_ORG: org, INFLUXDB_BUCKET: bucket },
      DATA_DIR: emptyFolder(),
    };
    let gateway = await Gateway.start(env);
    await gateway.post('/api/ingest/batch', [1, 2].map(reading));
    await gateway.settled();
    await first.stop();
    await until(async () => ((await gateway.pipeline()).store === 'down' ? true : undefined), 'the outage');
    await gateway.post('/api/ingest/batch', [3, 4].map(reading));
    const { status, body } = await deleteReadings(gateway, 's', range(2, 100));
    expect([status, body]).toEqual([
      202,
      {
        ...{ sensorId: 's', from: '2026-01-30T12:00:00.002Z', to: '2026-01-30T12:00:00.1Z' },
        done: false,
      },
    ]);
    await gateway.post('/api/ingest/batch', [5].map(reading));
    expect(await gateway.pipeline()).toMatchObject({
      accepted: 5,
      stored: 2,
      queued: 3,
      pendingDeletions: 1,
    });
    await gateway.stop('SIGKILL');
    gateway = await Gateway.start(env);
    expect(await gateway.pipeline()).toMatchObject({
      accepted: 5,
      stored: 2,
      queued: 3,
      pendingDeletions: 1,
    });
    const second = await InfluxdProcess.start(folder, first.port);
    await gateway.settled(60_000);
    const found = (await gateway.json(`/api/readings/s?from=${NOON}&to=${NOON + 9}`)) as { value: number }[];
    expect(found.map(({ value }) => value)).toEqual([1, 5]);
    expect(await gateway.json('/api/latest/s')).toMatchObject({ value: 5 });
    expect(await gateway.pipeline()).toMatchObject({ accepted: 5, stored: 5, pendingDeletions: 0 });
    const entries = (await gateway.json('/api/logs?sensorId=s')) as { message: string }[];
    expect(entries.map(({ message }) => message)).toEqual([
      '3 readings of s from 2026-01-30T12:00:00.002Z to 2026-01-30T12:00:00.1Z deleted',
      'Somebody without a key deletes readings of s from 2026-01-30T12:00:00.002Z to 2026-01-30T12:00:00.1Z',
    ]);
    await gateway.stop();
    await second.discard();
  });
});
