import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

interface Entry {
  readonly time: string;
  readonly type: string;
  readonly message: string;
  readonly sensorId?: string;
}

const MAX_ENTRIES = 100_000;
const BATCH = 10_000;
const BEGIN_MS = Date.UTC(2026, 0, 30);

describe('a sensor that flaps until the system log is full', () => {
  let gateway: Gateway;

  const flap = async (sensorId: string, count: number, beginMs = BEGIN_MS): Promise<void> => {
    const readings = Array.from({ length: count }, (_, i) => ({
      sensorId,
      zone: 'hall',
      value: i % 2 ? 0 : 2,
      latencyMs: 1,
      timestamp: beginMs + i * 100,
    }));
    expect((await gateway.post('/api/ingest/batch', readings)).status).toBe(200);
  };
  const logs = async (query: string): Promise<Entry[]> =>
    (await gateway.json(`/api/logs?${query}`)) as Entry[];
  const metric = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await (await gateway.get('/metrics')).text())?.[1]);

  beforeAll(async () => {
    gateway = await Gateway.start();
    const made = await gateway.post('/api/rules', { kind: 'above', threshold: 1 });
    expect(made.status).toBe(201);
    await flap('quiet', 10);
    await until(
      async () => ((await logs('sensorId=quiet')).length === 10 ? true : undefined),
      'the quiet ones',
    );
    for (let sent = 0; sent < MAX_ENTRIES + BATCH; sent += BATCH)
      await flap('flapping', BATCH, BEGIN_MS + sent * 100);
    await until(
      async () => ((await metric('predictionx_log_entries_dropped_total')) > BATCH ? true : undefined),
      'entries to leave the log',
    );
  });
  afterAll(async () => {
    await gateway.stop();
  });

  it('pushes out only its own oldest entries', async () => {
    expect(await logs('sensorId=quiet')).toHaveLength(10);
    expect(await logs('type=normal&from=-1h')).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('The gateway started') }),
    );
    expect(await logs(`sensorId=flapping&to=${BEGIN_MS + BATCH * 100}`)).toEqual([]);
    expect(await logs(`sensorId=flapping&from=${BEGIN_MS + 2 * BATCH * 100}`)).toHaveLength(100);
  });

  it('is named with the number of entries that left, at the latest when the gateway stops', async () => {
    await gateway.stop();
    gateway = await Gateway.start({ DATA_DIR: gateway.dataDir });
    const said = await logs('type=anomaly&sensorId=flapping');
    expect(said.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^The system log is full \(100,000 entries\) and dropped 10,\d{3} old entries within \d+ min; \d\d,\d{3} new ones were about flapping by rule /,
      ),
    ]);
    expect(await logs('sensorId=quiet')).toHaveLength(10);
  });
});
