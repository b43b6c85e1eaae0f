import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

interface Entry {
  readonly id: string;
  readonly time: string;
  readonly type: string;
  readonly message: string;
  readonly sensorId?: string;
  readonly zone?: string;
  readonly ruleId?: string;
}

const BEGIN_MS = Date.UTC(2026, 0, 30);
/** Where nothing listens. */
const NOWHERE = {
  INFLUXDB_URL: 'http://127.0.0.1:9',
  INFLUXDB_TOKEN: 't',
  INFLUXDB_ORG: 'o',
  INFLUXDB_BUCKET: 'b',
};

describe('the system log', () => {
  let gateway: Gateway;
  let ruleId: string;

  const logs = async (query = ''): Promise<Entry[]> => (await gateway.json(`/api/logs${query}`)) as Entry[];
  const untilLogged = (count: number, query: string): Promise<Entry[]> =>
    until(async () => {
      const entries = await logs(query);
      return entries.length >= count ? entries : undefined;
    }, `${count} entries of ${query}`);
  /** Readings that cross the rule's threshold each time, a second apart. */
  const flap = async (sensorId: string, zone: string, count: number, beginMs = BEGIN_MS): Promise<void> => {
    const readings = Array.from({ length: count }, (_, i) => ({
      sensorId,
      zone,
      value: i % 2 ? 0 : 2,
      latencyMs: 1,
      timestamp: beginMs + i * 1_000,
    }));
    expect((await gateway.post('/api/ingest/batch', readings)).status).toBe(200);
  };

  describe('of rules', () => {
    beforeAll(async () => {
      gateway = await Gateway.start();
      const rule = await gateway.post('/api/rules', { kind: 'above', threshold: 1 });
      ({ id: ruleId } = (await rule.json()) as { id: string });
      await flap('a', 'hall', 10);
      await flap('b', 'hall', 10);
      await flap('c', 'yard', 10);
      await untilLogged(30, `?ruleId=${ruleId}`);
    });
    afterAll(async () => {
      await gateway.stop();
    });

    it.each([
      ['sensorId=a', 10],
      ['sensorId=a,b', 20],
      ['sensorId=a&sensorId=c', 20],
      ['zone=hall', 20],
      ['zone=hall&sensorId=a,c', 10],
      ['type=critical', 15],
      ['type=critical,normal', 31],
      ['type=anomaly', 0],
      ['type=normal&sensorId=c', 5],
      ['from=2026-01-30T00:00:08Z&to=2026-01-30T00:00:09Z', 3],
      [`from=${BEGIN_MS + 8_000}&to=${BEGIN_MS + 10_000}&zone=yard`, 2],
      ['from=-1m', 1],
      ['to=2026-01-30T00:00:00Z', 0],
      ['ruleId=none', 0],
    ])('returns for ?%s %d entries', async (query, count) => {
      expect(await logs(`?limit=100&${query}`)).toHaveLength(count);
    });

    it('is ordered newest first, by when it happened', async () => {
      const times = (await logs('?limit=100')).map(({ time }) => Date.parse(time));
      expect(times).toHaveLength(31);
      expect(times).toEqual([...times].sort((a, b) => b - a));
    });

    it.each([
      [
        'type=critical,bad',
        'type must be one or several of anomaly, critical, normal, separated by commas, got "critical,bad"',
      ],
      ['sensorId=', expect.stringContaining('sensorId must be 1 to 100 identifiers')],
      ['zone=%5C', expect.stringContaining('zone must be 1 to 128 characters')],
      ['from=noon', expect.stringContaining('from must be an RFC 3339 time')],
      ['to=-24x', expect.stringContaining('to must be an RFC 3339 time')],
      ['from=-1h&to=-2h', expect.stringContaining('from must not be after to')],
      ['limit=0', 'limit must be a whole number from 1 to 1000, got "0"'],
      ['limit=1001', 'limit must be a whole number from 1 to 1000, got "1001"'],
      ['cursor=xyz', expect.stringContaining('cursor must be a cursor from a Link header')],
    ])('says what is wrong with ?%s', async (query, message) => {
      const response = await gateway.get(`/api/logs?${query}`);
      const { code, detail } = (await response.json()) as { code: string; detail: string };
      const shown =
        typeof message === 'string' ? message.replace('"0"', '0').replace('"1001"', '1001') : message;
      expect([response.status, code, detail]).toEqual([400, 'INVALID_PARAMETER', shown]);
    });

    it('has stable pages while entries arrive, and keeps the filter', async () => {
      const query = 'sensorId=a,b&type=critical,normal&from=-3650d';
      const whole = (await logs(`?limit=100&${query}`)).map(({ id }) => id);
      const found: string[] = [];
      for (let path: string | undefined = `/api/logs?limit=3&${query}`; path !== undefined;) {
        const page = await gateway.get(path);
        found.push(...((await page.json()) as Entry[]).map(({ id }) => id));
        path = /^<(.*)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
        // These are newer than all and older than all.
        const beginMs = found.length % 2 ? Date.now() - 60_000 : BEGIN_MS - 86_400_000;
        await flap('d', 'hall', 2, beginMs + found.length * 2_000);
        await flap('a', 'hall', 2, BEGIN_MS + 3_600_000 + found.length * 2_000);
      }
      expect(found).toEqual(whole);
    });
  });

  it('reports an unclean stop, and no clean one', async () => {
    gateway = await Gateway.start();
    await gateway.stop('SIGKILL');
    gateway = await Gateway.start({ DATA_DIR: gateway.dataDir });
    await gateway.stop();
    gateway = await Gateway.start({ DATA_DIR: gateway.dataDir });
    expect((await logs()).map(({ type, message }) => `${type}: ${message}`)).toEqual([
      'normal: The gateway started; readings go to the embedded store',
      'normal: The gateway stopped',
      'normal: The gateway started; readings go to the embedded store',
      expect.stringMatching(/^anomaly: The gateway did not shut down cleanly: process \d+, started /),
      'normal: The gateway started; readings go to the embedded store',
    ]);
    await gateway.stop();
  });

  it('reports that the journal fills up and is full, and takes no space from it', async () => {
    gateway = await Gateway.start({ ...NOWHERE, JOURNAL_MAX_BYTES: String(1 << 20) });
    const rule = await gateway.post('/api/rules', { kind: 'above', threshold: 1 });
    const { id } = (await rule.json()) as { id: string };
    const readings = Array.from({ length: 500 }, (_, i) => ({
      sensorId: 's',
      zone: 'z',
      value: 0,
      latencyMs: i,
    }));
    for (let status = 200; status === 200;) ({ status } = await gateway.post('/api/ingest/batch', readings));
    const full = await untilLogged(1, '?type=critical');
    expect(full.map(({ message }) => message)).toContain(
      'The journal is full: readings are refused until the store takes queued ones',
    );
    expect(await logs('?type=anomaly')).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/^The journal is 8\d % full: the store does not take/),
      }),
    ]);
    const { journalBytes, journalMaxBytes, accepted, queued } = await gateway.pipeline();
    expect(journalMaxBytes).toBe(1 << 20);
    expect(journalBytes).toBeLessThanOrEqual(1 << 20);
    expect(queued).toBe(accepted);
    // Accepted readings are still judged, and a change of the rules needs no space either.
    expect((await gateway.get(`/api/rules/${id}`, { method: 'DELETE' })).status).toBe(204);
    await gateway.stop();
  });
});
