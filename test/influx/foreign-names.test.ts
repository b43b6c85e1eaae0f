import { deleteReadings } from '../e2e/deletion.contract.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';

/** Names that the gateway does not accept in a reading, and that InfluxDB holds. */
const NAMES = [
  'a\\b',
  '\\\\server\\share, 1',
  'tab\there',
  'x'.repeat(200),
  'é'.repeat(1_000),
  '\u00a0',
  ' at both ends ',
  'bell\u0007',
  'del\u007f',
  '"quoted\\" or true or "',
  "it's \\'",
];

const asText = (name: string): string => JSON.stringify(name).slice(0, 40);
const escape = (name: string): string => name.replace(/[,= ]/g, '\\$&');

describe('sensors with names that the gateway does not accept', () => {
  let influxd: Influxd;
  let bucket: string;
  let gateway: Gateway;
  const startMs = Date.now() - 60_000;

  beforeAll(async () => {
    influxd = await Influxd.start();
    bucket = await influxd.createBucket();
    const lines = NAMES.flatMap((name) =>
      [name, 'hall'].map(
        (zone, second) =>
          `sensor_predictions,sensor_id=${escape(name)},zone=${escape(zone)} value=${second} ${startMs + second * 1000}000`,
      ),
    );
    await influxd.write(bucket, lines.join('\n'));
    gateway = await Gateway.start(influxd.variables(bucket));
    await until(
      async () => !((await gateway.json('/api/pipeline')) as { loading: boolean }).loading || undefined,
      'latest',
    );
  });
  afterAll(async () => {
    await gateway.stop();
    await influxd.stop();
  });

  const listed = async (): Promise<string[]> => {
    const sensors = (await gateway.json('/api/sensors?limit=1000')) as { sensorId: string }[];
    return sensors.map(({ sensorId }) => sensorId);
  };

  /** How many points InfluxDB has of a sensor, at any time. */
  const pointsOf = async (sensorId: string): Promise<number> => {
    const query = `from(bucket: "${bucket}")
      |> range(start: 1677-09-21T00:12:43.145224194Z, stop: 2262-04-11T23:47:16.854775806Z)
      |> filter(fn: (r) => r.sensor_id == "${sensorId}" and r._field == "value")`;
    const response = await fetch(`${influxd.url}/api/v2/query?org=${influxd.org}`, {
      method: 'POST',
      headers: { authorization: `Token ${influxd.token}`, 'content-type': 'application/vnd.flux' },
      body: query,
    });
    return (await response.text()).split('\n').filter((line) => line.includes(sensorId)).length;
  };

  it('deletes with all=true also what lies before and after the years that the gateway shows', async () => {
    const point = (zone: string, timeUs: string): string =>
      `sensor_predictions,sensor_id=old,zone=${zone} value=1 ${timeUs}`;
    const ends = ['-9223372036854775', '-9007199254740992', '9007199254740993', '9223372036854775'];
    await influxd.write(bucket, ends.flatMap((us) => [point('a', us), point('b', us)]).join('\n'));
    const inside = { from: '1686-01-01T00:00:00Z', to: '2254-01-01T00:00:00Z' };
    await deleteReadings(gateway, 'old', inside);
    expect(await pointsOf('old')).toBe(8);
    const answer = await deleteReadings(gateway, 'old', { all: 'true', zone: 'b' });
    expect(answer).toMatchObject({ status: 200, body: { done: true } });
    expect(await pointsOf('old')).toBe(4);
    await deleteReadings(gateway, 'old', { all: 'true' });
    expect(await pointsOf('old')).toBe(0);
  });

  it('are listed', async () => {
    expect(new Set(await listed())).toEqual(new Set(NAMES));
  });

  it.each(NAMES.map((name) => [asText(name), name]))(
    '%s can be read, filtered and deleted',
    async (_, name) => {
      const path = encodeURIComponent(name);
      const ofBoth = [{ zone: name, value: 0 }, { value: 1 }];
      expect(await gateway.json(`/api/readings/${path}`)).toMatchObject(ofBoth);
      expect(await gateway.json(`/api/latest/${path}`)).toMatchObject({
        sensorId: name,
        value: 1,
        found: true,
      });
      const inList = encodeURIComponent(name.replace(/[,\\]/g, '\\$&'));
      expect(await gateway.json(`/api/readings?sensorId=${inList},hall`)).toMatchObject({ [name]: ofBoth });
      expect(await gateway.json(`/api/latest?sensorId=${inList}`)).toMatchObject([{ sensorId: name }]);
      expect(await gateway.json(`/api/readings?sensorId=${inList}&zone=${path}`)).toMatchObject({
        [name]: [{ value: 0 }],
      });
      expect(await gateway.json(`/api/latest?zone=${path}`)).toEqual([]);
      expect((await gateway.get(`/api/sensors?zone=${path}`)).status).toBe(200);
      expect((await gateway.get(`/api/logs?zone=${path}&sensorId=${inList}`)).status).toBe(200);
      const csv = await gateway.get(`/api/readings?zone=${path}`, { headers: { accept: 'text/csv' } });
      expect((await csv.text()).match(/,0\b/g)).toHaveLength(1);
      expect(await deleteReadings(gateway, name, { all: 'true', zone: name })).toMatchObject({
        status: 200,
        body: { sensorId: name, zone: name, deleted: 1 },
      });
      expect(await gateway.json(`/api/readings/${path}`)).toMatchObject([{ value: 1 }]);
      expect(await deleteReadings(gateway, name, { all: 'true' })).toMatchObject({
        status: 200,
        body: { deleted: 1 },
      });
      expect(await gateway.json(`/api/latest/${path}`)).toEqual({ sensorId: name, found: false });
      expect(await listed()).not.toContain(name);
    },
  );

  it('may be any text that a URL can hold', async () => {
    const codes = [0x01, 0x0a, 0x0d, 0x85, 0x2028, 0xfeff, 0xffff];
    const names = codes.map((code) => `any ${String.fromCharCode(code)}b`);
    for (const name of [...names, 'x'.repeat(10_000)]) {
      const path = encodeURIComponent(name);
      const { status, body } = await deleteReadings(gateway, name, { from: '0', to: '1' });
      // The language in which InfluxDB takes deletions cannot name a carriage return.
      expect([name, status, body.done]).toEqual(
        name.includes('\r') ? [name, 422, undefined] : [name, 200, true],
      );
      for (const route of [`/api/readings/${path}`, `/api/latest/${path}`, `/api/readings?zone=${path}`]) {
        const response = await gateway.get(route, { headers: { accept: 'application/x-ndjson, */*' } });
        expect([name, route, response.status]).toEqual([
          name,
          route,
          route.startsWith('/api/latest') ? 404 : 200,
        ]);
        await response.text();
      }
    }
    const { status, body } = await deleteReadings(gateway, 'a\0', { all: 'true' });
    expect([status, body.detail]).toEqual([
      400,
      expect.stringContaining('sensorId must be a text of at least 1'),
    ]);
  });

  it('cannot be sent', async () => {
    const reading = { sensorId: 'a\\b', zone: 'hall', value: 1, latencyMs: 1 };
    expect((await gateway.post('/api/ingest', reading)).status).toBe(400);
  });
});
