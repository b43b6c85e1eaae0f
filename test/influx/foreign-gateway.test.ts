import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';

interface Entry {
  readonly type: string;
  readonly message: string;
}

const READING = { sensorId: 'pump', zone: 'hall', latencyMs: 1 };
const DAY_MS = 86_400_000;

async function entries(gateway: Gateway, pattern: RegExp): Promise<Entry[]> {
  const all = (await gateway.json('/api/logs?limit=1000')) as Entry[];
  return all.filter(({ message }) => pattern.test(message));
}

/** Date and time on a clock in Berlin. */
function inBerlin(ms: number): string {
  return new Date(ms).toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' });
}

describe('a gateway over a bucket that others write', () => {
  let influxd: Influxd;
  const gateways: Gateway[] = [];

  const start = async (variables: Record<string, string>): Promise<Gateway> => {
    const gateway = await Gateway.start(variables);
    gateways.push(gateway);
    return gateway;
  };
  const loaded = (gateway: Gateway): Promise<unknown> =>
    until(
      async () => !((await gateway.json('/api/pipeline')) as { loading: boolean }).loading || undefined,
      'latest',
    );

  beforeAll(async () => {
    influxd = await Influxd.start();
  });
  afterEach(async () => {
    for (const gateway of gateways.splice(0)) await gateway.stop();
  });
  afterAll(async () => {
    await influxd.stop();
  });

  it('says that the token may only write, and marks lists as incomplete until latest are loaded', async () => {
    const bucket = await influxd.createBucket();
    await influxd.write(bucket, `sensor_predictions,sensor_id=old,zone=hall value=1 ${Date.now()}000`);
    const token = await influxd.createToken(bucket, 'write');
    const gateway = await start({ ...influxd.variables(bucket), INFLUXDB_TOKEN: token });
    const reason = /INFLUXDB_TOKEN may not read INFLUXDB_BUCKET bucket-\w+ .*give it the permission/;
    await gateway.waitForOutput(/Store may not be read: INFLUXDB_TOKEN may not read/);
    const [entry, ...more] = await until(async () => {
      const found = await entries(gateway, /may not be read/);
      return found.length > 0 ? found : undefined;
    }, 'an entry of the log');
    expect([entry, more]).toEqual([
      expect.objectContaining({ type: 'critical', message: expect.stringMatching(reason) }),
      [],
    ]);
    const { info } = (await gateway.json('/api/health/ready')) as { info: { store: object } };
    expect(info.store).toMatchObject({ degraded: true, store: 'up', reason: expect.stringMatching(reason) });
    expect((await gateway.post('/api/ingest', { ...READING, value: 1 })).status).toBe(201);
    await gateway.settled();
    const history = await gateway.get('/api/readings/pump');
    expect([history.status, await history.text()]).toEqual([503, expect.stringMatching(reason)]);
    expect(await gateway.json('/api/pipeline')).toMatchObject({ loading: true, deadLettered: 0 });
    for (const path of ['/api/latest', '/api/sensors'])
      expect((await gateway.get(path)).headers.get('Latest-Loading')).toBe('true');
    const allowed = await start(influxd.variables(bucket));
    await loaded(allowed);
    for (const path of ['/api/latest', '/api/sensors']) {
      const answer = await allowed.get(path);
      expect(answer.headers.get('Latest-Loading')).toBeNull();
      expect(((await answer.json()) as { sensorId: string }[]).map(({ sensorId }) => sensorId)).toEqual([
        'old',
        'pump',
      ]);
    }
  });

  it('answers with the history of a bucket that takes no writes', async () => {
    const bucket = await influxd.createBucket();
    await influxd.write(
      bucket,
      `sensor_predictions,sensor_id=pump,zone=hall value=7.5 ${Date.now() - 1_000}000`,
    );
    const token = await influxd.createToken(bucket, 'read');
    const gateway = await start({ ...influxd.variables(bucket), INFLUXDB_TOKEN: token });
    await until(async () => ((await gateway.pipeline()).store === 'down' ? true : undefined), 'the refusal');
    await loaded(gateway);
    expect((await gateway.post('/api/ingest', { ...READING, value: 1 })).status).toBe(201);
    expect(await gateway.json('/api/readings/pump')).toMatchObject([{ value: 7.5 }]);
    expect(await gateway.json('/api/latest/pump')).toMatchObject({ found: true, stale: true });
    expect(await gateway.pipeline()).toMatchObject({ queued: 1, store: 'down' });
  });

  it('asks for latest readings that others write when LATEST_REFRESH is set', async () => {
    const bucket = await influxd.createBucket();
    const gateway = await start({ ...influxd.variables(bucket), LATEST_REFRESH: '1s' });
    await loaded(gateway);
    const line = (value: number): string =>
      `sensor_predictions,sensor_id=other,zone=hall value=${value} ${Date.now()}000`;
    for (const value of [1.5, 2.5]) {
      await influxd.write(bucket, line(value));
      await until(async () => {
        const latest = (await gateway.json('/api/latest')) as { value: number }[];
        return latest.some((reading) => reading.value === value) || undefined;
      }, 'the latest reading of another program');
    }
  });

  it('works with the longest times that it takes', async () => {
    const bucket = await influxd.createBucket();
    const longest = { LATEST_REFRESH: '24d', STORE_TIMEOUT: '24d', STREAM_HEARTBEAT: '24d' };
    const gateway = await start({ ...influxd.variables(bucket), ...longest });
    await loaded(gateway);
    expect((await gateway.post('/api/ingest', { ...READING, value: 7 })).status).toBe(201);
    await gateway.settled();
    expect(await gateway.json('/api/readings/pump')).toMatchObject([{ value: 7 }]);
    expect(gateway.output).not.toMatch(/TimeoutOverflow|Store lost/);
  });

  it('takes with LATEST_REFRESH only what is news, and nothing that was removed', async () => {
    const bucket = await influxd.createBucket();
    const gateway = await start({ ...influxd.variables(bucket), LATEST_REFRESH: '1s' });
    await loaded(gateway);
    const nowMs = Date.now();
    const HOUR_MS = 3_600_000;
    const write = (sensorId: string, value: number, atMs: number): Promise<void> =>
      influxd.write(bucket, `sensor_predictions,sensor_id=${sensorId},zone=hall value=${value} ${atMs}000`);
    const send = async (sensorId: string, value: number, timestamp: number): Promise<void> => {
      const response = await gateway.post('/api/ingest', { ...READING, sensorId, value, timestamp });
      expect(response.status).toBe(201);
      await gateway.settled();
    };
    const latest = async (): Promise<Record<string, number>> => {
      const readings = (await gateway.json('/api/latest')) as { sensorId: string; value: number }[];
      return Object.fromEntries(readings.map(({ sensorId, value }) => [sensorId, value]));
    };
    let marks = 0;
    /** Until the gateway has asked for all of them again. */
    const refreshed = async (): Promise<Record<string, number>> => {
      marks += 1;
      await write('mark', marks, nowMs + marks);
      const found = await until(async () => {
        const now = await latest();
        return now.mark === marks ? now : undefined;
      }, 'the latest readings of another program');
      const { mark: _, ...others } = found;
      return others;
    };

    for (const sensorId of ['ahead', 'removed', 'silent', 'deleted']) await send(sensorId, 1, nowMs);
    for (const sensorId of ['removed', 'silent'])
      await gateway.get(`/api/sensors/${sensorId}`, { method: 'DELETE' });
    await gateway.get('/api/readings/deleted?all=true', { method: 'DELETE' });
    await send('removed', 2, nowMs - HOUR_MS);
    await write('ahead', 2, nowMs + 2 * HOUR_MS);
    for (let times = 0; times < 2; times += 1) expect(await refreshed()).toEqual({ ahead: 1, removed: 2 });
    await write('deleted', 3, nowMs - HOUR_MS);
    for (const sensorId of ['removed', 'silent']) await write(sensorId, 3, nowMs + 1);
    expect(await refreshed()).toEqual({ ahead: 1, deleted: 3, removed: 3, silent: 3 });
  });

  it('says once that system_events has other types, and how to mend an integer shard', async () => {
    const bucket = await influxd.createBucket();
    const nowUs = Date.now() * 1000;
    await influxd.write(bucket, `system_events,type=critical id=7i,message=8i ${nowUs}`);
    await influxd.write(
      bucket,
      `sensor_predictions,sensor_id=other,zone=hall value=3i,latency_ms=1i ${nowUs}`,
    );
    const gateway = await start(influxd.variables(bucket));
    for (const value of [3.5, 4.5]) {
      await gateway.post('/api/ingest', { ...READING, value });
      await gateway.settled();
    }
    const [letter] = (await gateway.json('/api/dead-letters')) as { reason: string }[];
    expect(letter?.reason).toMatch(
      /already exists as type integer.*Another program wrote this field .*docs\/operations\.md .*and replay/,
    );
    await until(async () => (await entries(gateway, /became dead letters/)).at(0), 'dead letters');
    await until(async () => (await entries(gateway, /system_events with other types/)).at(0), 'an entry');
    await gateway.post('/api/rules', { kind: 'above', threshold: 1 });
    await gateway.post('/api/ingest', { ...READING, value: 5 });
    await gateway.settled();
    expect(await entries(gateway, /system_events with other types/)).toEqual([
      expect.objectContaining({ type: 'anomaly' }),
    ]);
  });

  it('answers every route rightly over a bucket with all of it at once, and says what it leaves out', async () => {
    const bucket = await influxd.createBucket();
    const at = (daysAgo: number, ms = 0): number => nowMs - daysAgo * DAY_MS + ms;
    // Ends in no zero: the fraction of a time is as short as it can be, and toISOString() has three digits always.
    const nowMs = Math.floor(Date.now() / 1_000) * 1_000 - 60_000 + 123;
    const write = (daysAgo: number, tags: string, fields: string, ms = 0): Promise<void> =>
      influxd.write(bucket, `sensor_predictions,${tags} ${fields} ${at(daysAgo, ms)}000`);
    await write(40, 'sensor_id=changed,zone=hall', 'value=3i,latency_ms=2i');
    await write(40, 'sensor_id=old,zone=hall', 'value=7i');
    await write(20, 'sensor_id=changed,zone=hall', 'value=3.25,latency_ms=1.5');
    await write(20, 'sensor_id=tagged,zone=hall,host=a', 'value=1');
    await write(20, 'sensor_id=tagged,zone=hall,host=b', 'value=2');
    await write(20, 'sensor_id=tagged,zone=hall,host=a', 'value=4', 1);
    await write(20, 'sensor_id=homeless', 'value=1,latency_ms=1');
    await write(20, 'zone=hall', 'value=1');
    await write(10, 'sensor_id=changed,zone=hall', 'value="text"');
    await write(0, 'sensor_id=changed,zone=yard', 'value=9i');
    await write(0, 'sensor_id=new,zone=hall', 'value=5i', 1);
    await influxd.write(bucket, `system_events,type=critical id=7i,message=8i ${at(0)}000`);
    const gateway = await start(influxd.variables(bucket));
    await loaded(gateway);

    const reading = (
      sensorId: string,
      zone: string,
      value: number,
      ms: number,
      latencyMs?: number,
    ): object => ({
      sensorId,
      zone,
      value,
      ...(latencyMs !== undefined && { latencyMs }),
      timestamp: new Date(ms).toISOString(),
    });
    const changed = [
      reading('changed', 'hall', 3, at(40), 2),
      reading('changed', 'hall', 3.25, at(20), 1.5),
      reading('changed', 'yard', 9, at(0)),
    ];
    const tagged = [reading('tagged', 'hall', 2, at(20)), reading('tagged', 'hall', 4, at(20, 1))];
    const latest = [
      changed[2],
      reading('new', 'hall', 5, at(0, 1)),
      reading('old', 'hall', 7, at(40)),
      tagged[1],
    ].map((one) => ({ ...one, found: true }));

    const range = 'from=-60d';
    expect(await gateway.json(`/api/readings/changed?${range}`)).toEqual(changed);
    expect(await gateway.json(`/api/readings?sensorId=changed,tagged,old,homeless&${range}`)).toEqual({
      changed,
      tagged,
      old: [reading('old', 'hall', 7, at(40))],
      homeless: [],
    });
    const buckets = (await gateway.json(
      `/api/readings?sensorId=changed,tagged,homeless&${range}&every=90d`,
    )) as Record<string, { count: number; min: number; max: number }[]>;
    const sums = Object.entries(buckets).map(([sensorId, list]) => [
      sensorId,
      list.reduce((sum, { count }) => sum + count, 0),
      Math.min(...list.map(({ min }) => min)),
      Math.max(...list.map(({ max }) => max)),
    ]);
    expect(sums).toEqual([
      ['changed', 3, 3, 9],
      ['tagged', 2, 2, 4],
      ['homeless', 0, Infinity, -Infinity],
    ]);
    const newestFirst = [...changed].reverse();
    expect(await gateway.json(`/api/readings/changed?${range}&order=desc`)).toEqual(newestFirst);
    expect(await gateway.json(`/api/readings/changed?${range}&order=desc&limit=2`)).toEqual(
      newestFirst.slice(0, 2),
    );
    const ofZone = await gateway.get(`/api/readings?zone=hall&${range}`, {
      headers: { accept: 'application/x-ndjson' },
    });
    const exported = (await ofZone.text()).trim().split('\n');
    expect(exported.sort()).toEqual(
      [
        ...changed.slice(0, 2),
        reading('new', 'hall', 5, at(0, 1)),
        reading('old', 'hall', 7, at(40)),
        ...tagged,
      ]
        .map((one) => JSON.stringify(one))
        .sort(),
    );
    const days = (await gateway.json(`/api/readings/changed?${range}&every=1d&tz=Europe/Berlin`)) as {
      start: string;
      count: number;
      last: number;
    }[];
    expect(days.map(({ start, count, last }) => [inBerlin(Date.parse(start)), count, last])).toEqual(
      [at(40), at(20), at(0)].map((ms, index) => [
        `${inBerlin(ms).slice(0, 10)} 00:00:00`,
        1,
        [3, 3.25, 9][index],
      ]),
    );
    const csv = await (
      await gateway.get(`/api/readings/changed?${range}`, {
        headers: { accept: 'text/csv' },
      })
    ).text();
    expect(
      csv
        .trim()
        .split(/\r?\n/)
        .slice(1)
        .map((row) => row.split(',').length),
    ).toEqual([5, 5, 5]);
    const ndjson = await (
      await gateway.get(`/api/readings/tagged?${range}`, {
        headers: { accept: 'application/x-ndjson' },
      })
    ).text();
    expect(
      ndjson
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row) as object),
    ).toEqual(tagged);
    expect(await gateway.json('/api/latest')).toEqual(latest);
    expect(await gateway.json('/api/latest?zone=yard')).toEqual([latest[0]]);
    expect(await gateway.json('/api/latest/old')).toEqual(latest[2]);
    expect((await gateway.get('/api/latest/homeless')).status).toBe(404);
    const sensors = (await gateway.json('/api/sensors')) as { sensorId: string; zone: string }[];
    expect(sensors.map(({ sensorId, zone }) => `${sensorId} ${zone}`)).toEqual([
      'changed yard',
      'new hall',
      'old hall',
      'tagged hall',
    ]);
    for (const pattern of [/^2 series of .* no sensor_id or no zone/, /the field value .* different types/])
      await until(async () => (await entries(gateway, pattern)).at(0), String(pattern));
  });
});
