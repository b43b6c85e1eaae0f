import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

/** Nothing listens on port 9: all that is accepted stays in the journal. */
const NO_STORE = {
  INFLUXDB_URL: 'http://127.0.0.1:9',
  INFLUXDB_TOKEN: 't',
  INFLUXDB_ORG: 'o',
  INFLUXDB_BUCKET: 'b',
};

const BEGIN_MS = Date.UTC(2026, 0, 30);

describe('a rule that is wrong', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await Gateway.start();
  });
  afterAll(async () => {
    await gateway.stop();
  });

  it.each([
    [{ kind: 'higher' }, ['kind must be one of above, below, rate, silent, anomaly, got "higher"']],
    [{ threshold: 1 }, ['kind is missing; it must be one of above, below, rate, silent, anomaly']],
    [{ kind: 'constructor' }, [expect.stringContaining('kind must be one of')]],
    [{ kind: 'above' }, ['threshold is missing; it must be a finite number']],
    [{ kind: 'below', threshold: '5' }, ['threshold must be a finite number, got "5"']],
    [{ kind: 'above', threshold: 5, hysteresis: -1 }, ['hysteresis must be a number from 0 on, got -1']],
    [
      { kind: 'above', threshold: 5, forSeconds: null },
      ['forSeconds must be a number of seconds from 0 to 31536000, got null'],
    ],
    [{ kind: 'rate', perSecond: 0 }, ['perSecond must be a number above 0, got 0']],
    [
      { kind: 'silent', afterSeconds: 0.5 },
      ['afterSeconds must be a number of seconds from 1 to 31536000, got 0.5'],
    ],
    [{ kind: 'anomaly', sensitivity: 1.1 }, ['sensitivity must be a number from 0 to 1, got 1.1']],
    [
      { kind: 'anomaly', sensorId: 's', zone: 'z', threshold: 1 },
      [
        'zone must be absent where sensorId names one sensor, got "z"',
        '"threshold" is not known here; the fields are kind, sensitivity, name, sensorId, zone, id, since',
      ],
    ],
    [{ kind: 'anomaly', id: 'mine' }, ['id must be absent, because the gateway chooses it, got "mine"']],
  ])('names what is wrong with %j', async (rule, messages) => {
    const response = await gateway.post('/api/rules', rule);
    const { code, errors } = (await response.json()) as { code: string; errors: { message: string }[] };
    expect([response.status, code, errors.map(({ message }) => message)]).toEqual([
      400,
      'INVALID_RULE',
      messages,
    ]);
    expect(await gateway.json('/api/rules')).toEqual([]);
  });

  it.each([
    ['/api/rules', (deep: string) => `{"kind":"anomaly","name":${deep}}`],
    ['/api/rules', (deep: string) => `{"kind":${deep}}`],
    ['/api/rules/try', (deep: string) => `{"rule":${deep}}`],
    ['/api/ingest', (deep: string) => `{"sensorId":${deep}}`],
    ['/api/ingest/batch', (deep: string) => `[{"sensorId":${deep}},${deep}]`],
  ])('is refused when it is nested too deeply, at %s', async (path, body) => {
    const nested = (depth: number): string[] => [
      '['.repeat(depth) + ']'.repeat(depth),
      '{"a":'.repeat(depth) + '1' + '}'.repeat(depth),
    ];
    for (const deep of nested(15_000)) expect((await gateway.post(path, body(deep))).status).toBe(400);
    // So many values are not read at all; of a batch they cost the record that they are in.
    for (const deep of nested(100_000)) {
      const { status } = await gateway.post(path, body(deep));
      expect([400, 413]).toContain(status);
    }
  });

  it.each([
    [
      {},
      'rule',
      'rule must be an object whose kind is one of above, below, rate, silent, anomaly, got nothing',
    ],
    [{ rule: { kind: 'above' } }, 'rule.threshold', 'rule.threshold is missing; it must be a finite number'],
    [{ rule: { kind: 'anomaly', x: 1 } }, 'rule.x', expect.stringContaining('"rule.x" is not known here')],
    [{ rule: { kind: 'anomaly' } }, 'sensorId', 'sensorId must be given, because the rule names no sensor'],
    [
      { rule: { kind: 'anomaly', sensorId: 'a' }, sensorId: 'b' },
      'sensorId',
      'sensorId must be the one that the rule names, "a", got "b"',
    ],
    [
      { rule: { kind: 'anomaly' }, sensorId: 's', from: 'noon' },
      'from',
      expect.stringContaining('from must be an RFC 3339'),
    ],
    [
      { rule: { kind: 'anomaly' }, sensorId: 's', from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' },
      'from',
      expect.stringContaining('from must not be after to'),
    ],
  ])('names what is wrong with the trial %j', async (trial, path, message) => {
    const response = await gateway.post('/api/rules/try', trial);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { errors: object[] }).errors).toEqual([{ path, message }]);
  });
});

describe('a sensor that is deleted and sends again', () => {
  const send = async (gateway: Gateway, sensorId: string, value: number, afterMs: number): Promise<void> => {
    const reading = { sensorId, zone: 'hall', value, latencyMs: 1, timestamp: BEGIN_MS + afterMs };
    expect((await gateway.post('/api/ingest', reading)).status).toBe(201);
  };
  const times = async (gateway: Gateway, sensorId: string): Promise<string[]> => {
    const entries = (await gateway.json(`/api/logs?sensorId=${sensorId}`)) as { time: string }[];
    return entries.map(({ time }) => time).reverse();
  };
  const untilTimes = (gateway: Gateway, sensorId: string, count: number): Promise<string[]> =>
    until(async () => {
      const found = await times(gateway, sensorId);
      return found.length >= count ? found : undefined;
    }, `${count} entries about ${sensorId}`);

  it('keeps the state of its rules through a restart, also with the store down', async () => {
    let gateway = await Gateway.start(NO_STORE);
    await gateway.post('/api/rules', { kind: 'above', threshold: 10 });
    await send(gateway, 's', 1, 1_000);
    expect((await gateway.get('/api/sensors/s', { method: 'DELETE' })).status).toBe(204);
    await send(gateway, 's', 11, 2_000);
    await untilTimes(gateway, 's', 1);
    await gateway.stop();
    gateway = await Gateway.start({ ...NO_STORE, DATA_DIR: gateway.dataDir });
    await send(gateway, 's', 12, 3_000);
    await send(gateway, 's', 1, 4_000);
    await untilTimes(gateway, 's', 2);
    expect(await times(gateway, 's')).toEqual(['2026-01-30T00:00:02Z', '2026-01-30T00:00:04Z']);
    await gateway.stop();
  });

  it('is not judged by readings from before, also when the gateway is killed right after', async () => {
    let gateway = await Gateway.start();
    await gateway.post('/api/rules', { kind: 'above', threshold: 10 });
    for (let round = 0; round < 6; round += 1) {
      const sensorId = `s${round}`;
      await send(gateway, sensorId, 11, 1_000);
      await untilTimes(gateway, sensorId, 1);
      await send(gateway, sensorId, 12, 2_000);
      await gateway.settled();
      expect((await gateway.get(`/api/sensors/${sensorId}`, { method: 'DELETE' })).status).toBe(204);
      await send(gateway, sensorId, 1, 3_000);
      await gateway.settled();
      await gateway.stop('SIGKILL');
      gateway = await Gateway.start({ DATA_DIR: gateway.dataDir });
      await send(gateway, sensorId, 11, 4_000);
      await untilTimes(gateway, sensorId, 2);
      expect(await times(gateway, sensorId)).toEqual(['2026-01-30T00:00:01Z', '2026-01-30T00:00:04Z']);
    }
    await gateway.stop();
  }, 180_000);
});

describe('a trial', () => {
  it('ends when its client has gone', async () => {
    const gateway = await Gateway.start();
    for (let begin = 0; begin < 400_000; begin += 10_000) {
      const reading = (_: unknown, i: number): object => ({
        ...{ sensorId: 's', zone: 'hall', value: i % 7, latencyMs: 1 },
        timestamp: BEGIN_MS + (begin + i) * 1_000,
      });
      expect((await gateway.post('/api/ingest/batch', Array.from({ length: 10_000 }, reading))).status).toBe(
        200,
      );
    }
    await gateway.settled();
    const gone = new AbortController();
    const trial = { rule: { kind: 'anomaly' }, sensorId: 's', from: BEGIN_MS, to: '2026-03-01T00:00:00Z' };
    const attempt = (signal?: AbortSignal): Promise<number> =>
      gateway
        .get('/api/rules/try', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(signal ? trial : { ...trial, sensorId: 'unknown' }),
          signal: signal ?? null,
        })
        .then(
          ({ status }) => status,
          () => 0,
        );
    const abandoned = [attempt(gone.signal), attempt(gone.signal)];
    await until(async () => ((await attempt()) === 503 ? true : undefined), 'both to be in flight');
    gone.abort();
    expect(await Promise.all(abandoned)).toEqual([0, 0]);
    await until(async () => ((await attempt()) === 200 ? true : undefined), 'a place to be free', 500);
    await gateway.stop();
  });
});
