import { run } from '../support/child.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { InfluxdProcess, onboard } from '../support/influxd.js';

const DAY_MS = 86_400_000;
const AT = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;

describe('a token that sees several organizations', () => {
  let server: InfluxdProcess;
  let own: Awaited<ReturnType<typeof onboard>>;
  const state = { XDG_STATE_HOME: emptyFolder() };

  const call = async (path: string, body: string): Promise<{ id: string }> => {
    const headers = { authorization: `Token ${own.token}` };
    const response = await fetch(`${server.url}/api/v2/${path}`, { method: 'POST', headers, body });
    expect(response.ok).toBe(true);
    const text = await response.text();
    return (text === '' ? {} : JSON.parse(text)) as { id: string };
  };
  const line = (value: string, ms: number): string =>
    `sensor_predictions,sensor_id=pump,zone=hall value=${value} ${ms}000`;
  /** The field has two types: Flux leaves out the older shard when it begins at the end, and else the newer one. */
  const fill = async (org: string, bucket: string): Promise<void> => {
    const path = `write?org=${org}&bucket=${bucket}&precision=us`;
    await call(path, line('3i', AT - 40 * DAY_MS));
    await call(path, line('4.5', AT));
  };
  const variables = (org: string, bucket: string): Record<string, string> => ({
    ...{ INFLUXDB_URL: server.url, INFLUXDB_TOKEN: own.token, INFLUXDB_ORG: org, INFLUXDB_BUCKET: bucket },
  });
  const migrate = (org: string, bucket: string): ReturnType<typeof run> =>
    run(
      process.execPath,
      ['dist/cli/predictionx.js', 'migrate', '--from', 'influxdb', '--to', `embedded:${emptyFolder()}`],
      { ...variables(org, bucket), ...state },
    );

  beforeAll(async () => {
    server = await InfluxdProcess.start(emptyFolder());
    own = await onboard(server.url);
    await fill(own.org, own.bucket);
  });
  afterAll(async () => {
    await server.discard();
  });

  it('reads a bucket whole in the organization that it was made in', async () => {
    const { id: orgID } = await call('orgs', '{"name":"unlike"}');
    await call('buckets', JSON.stringify({ orgID, name: 'plant' }));
    const gateway = await Gateway.start(variables(own.org, own.bucket));
    const range = `from=${new Date(AT - 50 * DAY_MS).toISOString()}`;
    for (const [order, values] of Object.entries({ asc: [3, 4.5], desc: [4.5, 3] }))
      expect(await gateway.json(`/api/readings/pump?${range}&order=${order}`)).toEqual(
        values.map((value) => expect.objectContaining({ value }) as object),
      );
    await gateway.stop();
    const { code, output } = await migrate(own.org, own.bucket);
    expect([code, output]).toEqual([0, expect.stringMatching(/\b2 readings .* copied/)]);
  });

  it.each([
    [
      'is in another organization than the token',
      'plant',
      /which is not (?:INFLUXDB_ORG|organization) other-plant\b/,
    ],
    [
      'has a namesake where the token was made',
      'first',
      /which may not be (?:INFLUXDB_ORG|organization) other-first\b/,
    ],
  ])('leaves no reading out silently when the bucket %s', async (_name, bucket, reason) => {
    const org = `other-${bucket}`;
    const { id: orgID } = await call('orgs', JSON.stringify({ name: org }));
    await call('buckets', JSON.stringify({ orgID, name: bucket }));
    await fill(org, bucket);
    const gateway = await Gateway.start(variables(org, bucket));
    await gateway.waitForOutput(/Store may not be read: .*INFLUXDB_TOKEN sees several organizations/);
    const taken = await gateway.post('/api/ingest', {
      ...{ sensorId: 'pump', zone: 'hall', value: 1, latencyMs: 1 },
    });
    expect(taken.status).toBe(201);
    await gateway.settled();
    const from = new Date(AT - 50 * DAY_MS).toISOString();
    for (const query of ['', '&order=desc', '&every=1d']) {
      const answer = await gateway.get(`/api/readings/pump?from=${from}${query}`);
      expect([answer.status, await answer.text()]).toEqual([503, expect.stringMatching(reason)]);
    }
    const { info } = (await gateway.json('/api/health/ready')) as { info: { store: object } };
    expect(info.store).toMatchObject({ degraded: true, store: 'up', reason: expect.stringMatching(reason) });
    const told = await until(async () => {
      const all = (await gateway.json('/api/logs?limit=1000')) as { type: string; message: string }[];
      const found = all.filter(({ message }) => reason.test(message));
      return found.length > 0 ? found : undefined;
    }, 'the entry');
    expect(told.map(({ type }) => type)).toEqual(['critical']);
    await gateway.stop();
    const { code, output } = await migrate(org, bucket);
    expect([code, output]).toEqual([2, expect.stringMatching(reason)]);
  });
});
