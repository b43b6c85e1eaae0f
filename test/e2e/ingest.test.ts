import { gzipSync } from 'node:zlib';

import { InfluxDB, Point } from '@influxdata/influxdb-client';

import { Gateway } from '../support/gateway.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1, timestamp: '2026-01-30T12:00:00Z' };
const LINE = 'sensor_predictions,sensor_id=line,zone=z value=1 1769774400000000';

interface BatchResult {
  readonly accepted: number;
  readonly refused: number;
  readonly errors: readonly { index: number; path: string; code: string; message: string }[];
}

describe('the ingest routes', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({ BATCH_MAX_RECORDS: '100', BODY_MAX_BYTES: '20000' });
  });
  afterAll(async () => {
    await gateway.stop();
  });

  const history = async (sensorId: string): Promise<unknown[]> => {
    await gateway.settled();
    return (await gateway.json(`/api/readings/${sensorId}?from=0`)) as unknown[];
  };
  const outcome = async (response: Promise<Response>): Promise<[number, unknown]> => {
    const answer = await response;
    return [answer.status, await answer.json()];
  };
  const send = (
    path: string,
    body: NonNullable<RequestInit['body']>,
    headers: Record<string, string>,
  ): Promise<Response> => gateway.get(path, { method: 'POST', body, headers });
  const ndjson = { 'content-type': 'application/x-ndjson' };

  describe('a batch', () => {
    it('has its good records accepted and each bad one named', async () => {
      const good = { ...READING, sensorId: 'batch' };
      const [status, result] = await outcome(
        gateway.post('/api/ingest/batch', [good, { ...good, value: 'hot' }, 7, { ...good, timestamp: 4e12 }]),
      );
      const { accepted, refused, errors } = result as BatchResult;
      expect([status, accepted, refused]).toEqual([200, 1, 3]);
      expect(errors.map(({ index, path, code }) => [index, path, code])).toEqual([
        [1, 'value', 'INVALID_READING'],
        [2, '', 'INVALID_READING'],
        [3, 'timestamp', 'TIMESTAMP_IN_FUTURE'],
      ]);
      expect(errors[0]?.message).toBe('value must be a finite number, got "hot"');
      expect(await history('batch')).toHaveLength(1);
    });

    it.each([
      ['NDJSON', '{"sensorId":"nd","zone":"z","value":1,"latencyMs":1}\n\n{broken\n', ndjson],
      [
        'NDJSON in gzip',
        gzipSync('{"sensorId":"nd","zone":"z","value":1,"latencyMs":1}\r\n{broken'),
        { ...ndjson, 'content-encoding': 'gzip' },
      ],
    ])('may be %s, with a broken line among good ones', async (_name, body, headers) => {
      const [status, result] = await outcome(send('/api/ingest/batch', body, headers));
      const { accepted, errors } = result as BatchResult;
      expect([status, accepted, errors.map(({ index }) => index)]).toEqual([200, 1, [1]]);
    });

    it('gets 400 in the same format when no record is good', async () => {
      expect(await outcome(gateway.post('/api/ingest/batch', [1]))).toEqual([
        400,
        { success: false, accepted: 0, refused: 1, errors: [expect.objectContaining({ index: 0 })] },
      ]);
    });

    it.each<[string, unknown, number, string]>([
      ['an object', READING, 400, 'INVALID_BATCH'],
      ['nothing', [], 400, 'INVALID_BATCH'],
      ['too many', Array.from({ length: 101 }, () => 1), 413, 'BATCH_TOO_LARGE'],
      ['broken JSON', '[{', 400, 'INVALID_JSON'],
    ])('of %s is refused as a whole', async (_name, body, status, code) => {
      expect(await outcome(gateway.post('/api/ingest/batch', body))).toEqual([
        status,
        expect.objectContaining({ success: false, code }),
      ]);
    });
  });

  it.each([
    ['a gzip bomb', gzipSync(Buffer.alloc(1_000_000)), 'gzip', 413, 'BODY_TOO_LARGE'],
    ['a broken gzip', Buffer.from('no gzip'), 'gzip', 400, 'INVALID_ENCODING'],
    ['another encoding', Buffer.from('{}'), 'br', 400, 'INVALID_ENCODING'],
  ])('answer %s in the common error format', async (_name, body, encoding, status, code) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    expect(await outcome(send('/api/ingest', body, headers))).toEqual([
      status,
      expect.objectContaining({ code }),
    ]);
  });

  describe('an Idempotency-Key', () => {
    const key = (name: string): Record<string, string> => ({ 'idempotency-key': name });
    const { timestamp, ...unstamped } = READING;

    it.each<[string, string, unknown]>([
      ['a reading', '/api/ingest', { ...unstamped, sensorId: 'once-1' }],
      ['a batch', '/api/ingest/batch', [{ ...unstamped, sensorId: 'once-2' }, { wrong: timestamp }]],
    ])('stores %s once, however often it is sent, with the same answer', async (_name, path, body) => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, async () => (await gateway.post(path, body, key(path))).text()),
      );
      expect(new Set(answers).size).toBe(1);
      expect(await history(path === '/api/ingest' ? 'once-1' : 'once-2')).toHaveLength(1);
    });

    it('is refused with another request, and when it is not valid', async () => {
      await gateway.post('/api/ingest', READING, key('other'));
      const reused = await outcome(gateway.post('/api/ingest', { ...READING, value: 2 }, key('other')));
      expect(reused).toEqual([422, expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REUSED' })]);
      for (const wrong of ['x'.repeat(256), 'gr\u00fc\u00df'])
        expect(await outcome(gateway.post('/api/ingest', READING, key(wrong)))).toEqual([
          400,
          expect.objectContaining({ errors: [expect.objectContaining({ path: 'Idempotency-Key' })] }),
        ]);
    });

    it('does not remember a refusal', async () => {
      const body = { ...READING, timestamp: Date.now() + 86_400_000 + 1_000 };
      expect((await gateway.post('/api/ingest', body, key('refused'))).status).toBe(400);
      expect((await gateway.post('/api/ingest', READING, key('refused'))).status).toBe(201);
    });
  });

  it('refuses new keys when no more can be remembered, forgets none, and accepts requests without a key', async () => {
    const small = await Gateway.start({ IDEMPOTENCY_MAX_BYTES: '65536' });
    const post = (key: number): Promise<Response> =>
      small.post('/api/ingest', { ...READING, value: key }, { 'idempotency-key': `key ${key}` });
    const first = await (await post(0)).text();
    let last = 0;
    let refused: Response | undefined;
    while (!refused) {
      const response = await post((last += 1));
      if (response.status !== 201) refused = response;
    }
    expect(await outcome(Promise.resolve(refused))).toEqual([
      503,
      expect.objectContaining({ code: 'IDEMPOTENCY_FULL' }),
    ]);
    expect(last).toBeGreaterThan(200);
    expect((await small.post('/api/ingest', READING)).status).toBe(201);
    await small.stop('SIGKILL');
    const again = await Gateway.start({ IDEMPOTENCY_MAX_BYTES: '65536', DATA_DIR: small.dataDir });
    const repeated = await again.post(
      '/api/ingest',
      { ...READING, value: 0 },
      { 'idempotency-key': 'key 0' },
    );
    expect(await repeated.text()).toBe(first);
    await again.stop();
  });

  describe('line protocol', () => {
    it('is stored completely, plain or gzip, with any content type', async () => {
      expect((await send('/api/v2/write?precision=us', LINE, { 'content-type': 'text/plain' })).status).toBe(
        204,
      );
      const zipped = gzipSync(`${LINE.replace('1769774400000000', '1769774400000001')}\n# end\n`);
      expect((await send('/api/v2/write?precision=us', zipped, { 'content-encoding': 'gzip' })).status).toBe(
        204,
      );
      expect(await history('line')).toEqual([
        { sensorId: 'line', zone: 'z', value: 1, timestamp: '2026-01-30T12:00:00Z' },
        { sensorId: 'line', zone: 'z', value: 1, timestamp: '2026-01-30T12:00:00.000001Z' },
      ]);
    });

    it("is refused as a whole, in InfluxDB's error format, with every bad line named", async () => {
      const body = `${LINE.replace('=line', '=none')}\nbad one\nbad,two x=1`;
      const [status, answer] = await outcome(send('/api/v2/write', body, {}));
      expect([status, answer]).toEqual([400, { code: 'invalid', message: expect.any(String) }]);
      const { message } = answer as { message: string };
      expect(message).toContain("unable to parse 'bad one': ");
      expect(message).toContain("unable to parse 'bad,two x=1': ");
      expect(await history('none')).toEqual([]);
      const wrong = await outcome(send('/api/v2/write?precision=h', LINE, {}));
      expect(wrong).toEqual([
        400,
        { code: 'invalid', message: expect.stringContaining('precision must be one of') },
      ]);
    });

    it('is accepted from the official client as if the gateway were InfluxDB', async () => {
      const influx = new InfluxDB({ url: gateway.url, token: 'any' });
      const ping = await gateway.get('/ping');
      expect([ping.status, ping.headers.get('x-influxdb-version')]).toEqual([204, expect.any(String)]);
      expect(await gateway.json('/health')).toMatchObject({ name: 'influxdb', status: 'pass' });
      const writeApi = influx.getWriteApi('org', 'bucket', 'ms', { gzipThreshold: 1, maxRetries: 0 });
      for (let index = 0; index < 50; index += 1) {
        const point = new Point('sensor_predictions').tag('sensor_id', 'client, one').tag('zone', 'z');
        writeApi.writePoint(point.floatField('value', index).timestamp(1_769_774_400_000 + index));
      }
      await writeApi.close();
      expect(await history(encodeURIComponent('client, one'))).toHaveLength(50);
    });
  });

  it('count readings by their outcome', async () => {
    await gateway.settled();
    const { accepted, stored, queued, deadLettered, refused } = await gateway.pipeline();
    expect(accepted).toBe(stored + queued + deadLettered);
    expect(refused).toMatchObject({ INVALID_BATCH: 2, BATCH_TOO_LARGE: 1, IDEMPOTENCY_KEY_REUSED: 1 });
  });
});
