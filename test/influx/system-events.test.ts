import { InfluxDB } from '@influxdata/influxdb-client';

import { BadServer } from '../support/bad-server.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd, InfluxdProcess, onboard } from '../support/influxd.js';

interface Entry {
  readonly id: string;
  readonly time: string;
  readonly type: string;
  readonly message: string;
}

const BEGIN_MS = Date.UTC(2026, 0, 30);
const READING = { sensorId: 'pump 1', zone: 'hall, north', latencyMs: 1 };

/** The copies that a server has, one a point: its time and tags, and one of its fields as _value. */
async function copies(env: Record<string, string>, field = 'id'): Promise<Record<string, string>[]> {
  const { INFLUXDB_URL: url, INFLUXDB_TOKEN: token, INFLUXDB_ORG: org, INFLUXDB_BUCKET: bucket } = env;
  const influxDB = new InfluxDB({ url: url ?? '', token: token ?? '' });
  return influxDB.getQueryApi(org ?? '').collectRows(`from(bucket: "${bucket ?? ''}")
    |> range(start: 1970-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z)
    |> filter(fn: (r) => r._measurement == "system_events" and r._field == "${field}") |> group()`);
}

async function logs(gateway: Gateway): Promise<Entry[]> {
  return (await gateway.json('/api/logs?limit=1000')) as Entry[];
}

/** Waits until all entries of the log, and no others, are at the server under their own times and ids. */
async function untilCopied(gateway: Gateway, env: Record<string, string>): Promise<Record<string, string>[]> {
  const key = (id: string, time: string): string => `${id} ${Date.parse(time)}`;
  return until(async () => {
    const wanted = (await logs(gateway)).map(({ id, time }) => key(id, time)).sort();
    const found = await copies(env);
    const keys = found.map(({ _value = '', _time = '' }) => key(_value, _time)).sort();
    return JSON.stringify(keys) === JSON.stringify(wanted) ? found : undefined;
  }, 'the system log to be copied');
}

describe('the copy of the system log', () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  it('has every entry once, under its time and id, also after kill -9, and is not counted as a reading', async () => {
    const env = influxd.variables(await influxd.createBucket());
    let gateway = await Gateway.start(env);
    const rule = await gateway.post('/api/rules', { kind: 'above', threshold: 1, name: 'too "high"' });
    const { id: ruleId } = (await rule.json()) as { id: string };
    for (let round = 0; round < 3; round += 1) {
      for (const value of [2.5, 0]) await gateway.post('/api/ingest', { ...READING, value });
      await until(
        async () =>
          (await logs(gateway)).filter((entry) => 'ruleId' in entry).length > round * 2 ? true : undefined,
        'an event',
      );
      await gateway.stop('SIGKILL');
      gateway = await Gateway.start({ ...env, DATA_DIR: gateway.dataDir });
    }
    await until(
      async () =>
        (await logs(gateway)).filter((entry) => 'ruleId' in entry).length === 6 ? true : undefined,
      'six events',
    );
    await untilCopied(gateway, env);
    const tags = { type: 'critical', rule_id: ruleId, sensor_id: 'pump 1', zone: 'hall, north' };
    expect(await copies(env, 'value')).toContainEqual(expect.objectContaining({ ...tags, _value: 2.5 }));
    const message = 'pump 1 is above 1: 2.5 (too "high")';
    expect(await copies(env, 'message')).toContainEqual(
      expect.objectContaining({ ...tags, _value: message }),
    );
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ accepted: 6, stored: 6, deadLettered: 0 });
    await gateway.stop();
  });
});

describe('a store that does not accept the copy', () => {
  it('because it is down gets all of it when it comes back', async () => {
    const folder = emptyFolder();
    const first = await InfluxdProcess.start(folder);
    const { token, org, bucket } = await onboard(first.url);
    const { url, port } = first;
    await first.stop();
    const env = { INFLUXDB_URL: url, INFLUXDB_TOKEN: token, INFLUXDB_ORG: org, INFLUXDB_BUCKET: bucket };
    let gateway = await Gateway.start(env);
    await until(
      async () =>
        (await logs(gateway)).some(({ message }) => message.startsWith('Store lost')) ? true : undefined,
      'the store to be lost',
    );
    await gateway.stop('SIGKILL');
    gateway = await Gateway.start({ ...env, DATA_DIR: gateway.dataDir });
    const second = await InfluxdProcess.start(folder, port);
    await untilCopied(gateway, env);
    expect((await copies(env, 'message')).map(({ _value }) => _value).join('\n')).toMatch(
      /Store lost: .*Store back/s,
    );
    await gateway.stop();
    await second.discard();
  });

  it('because it refuses the credentials is reported once, and gets it with better ones', async () => {
    const folder = emptyFolder();
    const server = await InfluxdProcess.start(folder);
    const { token, org, bucket } = await onboard(server.url);
    const env = {
      INFLUXDB_URL: server.url,
      INFLUXDB_TOKEN: 'wrong',
      INFLUXDB_ORG: org,
      INFLUXDB_BUCKET: bucket,
    };
    let gateway = await Gateway.start(env);
    const refused = async (): Promise<Entry[]> =>
      (await logs(gateway)).filter(({ message }) => message.startsWith('Store refuses credentials'));
    const [entry] = await until(
      async () => ((await refused()).length > 0 ? await refused() : undefined),
      'the credentials to be refused',
    );
    expect(entry).toMatchObject({
      type: 'critical',
      message: expect.stringContaining('refuses INFLUXDB_TOKEN'),
    });
    await gateway.post('/api/ingest', { ...READING, value: 1 });
    await gateway.stop();
    gateway = await Gateway.start({ ...env, INFLUXDB_TOKEN: token, DATA_DIR: gateway.dataDir });
    await untilCopied(gateway, { ...env, INFLUXDB_TOKEN: token });
    expect(await refused()).toHaveLength(1);
    await gateway.stop();
    await server.discard();
  });

  it('for good, as it is too old for the bucket, does not delay what follows', async () => {
    const server = await BadServer.start();
    const gateway = await Gateway.start({ ...server.variables, INFLUXDB_BUCKET: 'b' });
    await until(() => (server.eventWrites.length > 0 ? true : undefined), 'the first entries');
    server.answerEvents = (response, _path, body) => {
      const isOld = body.includes('is above 1');
      response.writeHead(isOld ? 422 : 204, { 'content-type': 'application/json' });
      response.end(
        isOld
          ? JSON.stringify({
              code: 'unprocessable entity',
              message: 'points beyond retention policy (dropped=1)',
            })
          : undefined,
      );
    };
    await gateway.post('/api/rules', { kind: 'above', threshold: 1 });
    for (const value of [2, 0])
      await gateway.post('/api/ingest', { ...READING, value, timestamp: BEGIN_MS + value });
    await gateway.post('/api/ingest', { ...READING, value: 0, timestamp: BEGIN_MS + 1_000_000 });
    await until(
      () => (server.eventWrites.some((body) => body.includes('is back at 0')) ? true : undefined),
      'the entry behind it',
    );
    await gateway.stop();
    await server.stop();
  });
});
