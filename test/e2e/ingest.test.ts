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

  describe('a timestamp', () => {
    const nowS = Math.floor(Date.now() / 1000);
    const [s, ms, us] = [nowS, nowS * 1e3, nowS * 1e6];
    const ns = `${nowS}123456789`;
    const first = (result: unknown): { code: string; message: string } | undefined =>
      (result as BatchResult).errors[0];

    it.each<[string, unknown, string]>([
      ['?precision=s', s, ''],
      ['?precision=s', s + 0.5, '.5'],
      ['?precision=ms', ms + 500, '.5'],
      ['', ms + 500, '.5'],
      ['?precision=us', us + 123_456, '.123456'],
      ['?precision=ns', ns, '.123456'],
      ['?precision=ns', new Date(ms).toISOString(), ''],
      ['?precision=s', new Date(ms).toISOString(), ''],
    ])(
      'sent with %s as %j is kept, in one reading, a batch and NDJSON',
      async (query, timestamp, fraction) => {
        const kept = new Date(ms).toISOString().replace('.000Z', `${fraction}Z`);
        const sensorId = `unit-${query}-${String(timestamp)}`;
        const record = (zone: string): object => ({ ...READING, sensorId, zone, timestamp });
        const one = await outcome(gateway.post(`/api/ingest${query}`, record('one')));
        expect(one).toEqual([201, expect.objectContaining({ timestamp: kept })]);
        await gateway.post(`/api/ingest/batch${query}`, [record('batch')]);
        await send(`/api/ingest/batch${query}`, JSON.stringify(record('lines')), ndjson);
        const padded = `${JSON.stringify(record('slow lines'))}\n[]\n`;
        await send(`/api/ingest/batch${query}`, padded, ndjson);
        expect(await history(encodeURIComponent(sensorId))).toEqual(
          ['batch', 'lines', 'one', 'slow lines'].map((zone) => ({
            ...READING,
            sensorId,
            zone,
            timestamp: kept,
          })),
        );
      },
    );

    it.each<[string, unknown, string, string]>([
      ['', s, 'TIMESTAMP_TOO_OLD', 'it looks like seconds: add ?precision=s, or send RFC 3339'],
      ['', us, 'INVALID_READING', 'it looks like microseconds: add ?precision=us, or send RFC 3339'],
      [
        '',
        Number(ns),
        'INVALID_READING',
        'it looks like nanoseconds: add ?precision=ns and send the digits in quotes',
      ],
      ['', ns, 'INVALID_READING', 'it looks like nanoseconds: add ?precision=ns'],
      [
        '',
        String(s),
        'INVALID_READING',
        'it looks like seconds: add ?precision=s, or send RFC 3339; send the number without quotes',
      ],
      ['', String(ms), 'INVALID_READING', 'it is text: send the number without quotes'],
      ['', '2026', 'INVALID_READING', 'it is text: send the number without quotes'],
      ['', s - 946_684_800, 'TIMESTAMP_TOO_OLD', 'seconds since 2000, as MicroPython counts: add 946684800'],
      ['', 60_000, 'TIMESTAMP_TOO_OLD', 'the time since the device started'],
      ['', 0, 'TIMESTAMP_TOO_OLD', 'leave the timestamp out, and the gateway stamps the reading'],
      ['', '1970-01-01T00:01:00Z', 'TIMESTAMP_TOO_OLD', 'it looks like a clock that was never set'],
      ['', ms + 8 * 3_600_000, 'TIMESTAMP_IN_FUTURE', 'it is 8 h ahead, as local time is in some places'],
      ['', '2026-01-30T14:18:38', 'INVALID_READING', 'it has no time zone: end it with Z'],
      ['', 1e300, 'INVALID_READING', 'it lies outside of the years 1685 to 2254'],
      ['?precision=s', ms, 'INVALID_READING', 'it looks like milliseconds: use ?precision=ms'],
      ['?precision=us', s, 'TIMESTAMP_TOO_OLD', 'it looks like seconds: use ?precision=s'],
      [
        '?precision=ns',
        Number(ns),
        'INVALID_READING',
        'a JSON number cannot hold nanoseconds exactly: send the digits in quotes',
      ],
      ['?precision=ns', String(ms), 'TIMESTAMP_TOO_OLD', 'it looks like milliseconds: use ?precision=ms'],
    ])('sent with "%s" as %j is refused, with what it looks like', async (query, timestamp, code, hint) => {
      const record = { ...READING, sensorId: 'refused', timestamp };
      const body = JSON.stringify(record);
      const one = await outcome(gateway.post(`/api/ingest${query}`, body));
      expect(one).toEqual([400, expect.objectContaining({ code, detail: expect.stringContaining(hint) })]);
      const [status, result] = await outcome(
        gateway.post(
          `/api/ingest/batch${query}`,
          `[${JSON.stringify({ ...READING, timestamp: '1970-01-01T00:00:00Z' })},${body}]`,
        ),
      );
      expect([status, (result as BatchResult).errors.at(-1)]).toEqual([
        400,
        expect.objectContaining({ index: 1, code, message: expect.stringContaining(hint) }),
      ]);
      const lines = await outcome(send(`/api/ingest/batch${query}`, `${body}\n`, ndjson));
      expect(first(lines[1])).toMatchObject({ code, message: expect.stringContaining(hint) });
    });

    it.each<[query: string, timestamp: number | string, hint: string, status?: number]>([
      ['', s, 'it looks like seconds: write with precision=s'],
      ['?precision=us', ms, 'it looks like milliseconds: write with precision=ms'],
      // InfluxDB cannot store such times: it refuses the whole request, too.
      ['?precision=s', us, 'it looks like microseconds: write with precision=us', 400],
      ['?precision=ms', ns, 'it looks like nanoseconds: write with precision=ns', 400],
      ['?precision=ms', s - 946_684_800, 'add 946684800, and write with precision=s'],
      ['?precision=ms', 60_000, 'leave the timestamp out'],
    ])(
      'of line protocol with "%s" as %s is refused, with what it looks like',
      async (query, timestamp, hint, status = 422) => {
        const line = `sensor_predictions,sensor_id=refused,zone=z value=1 ${timestamp}`;
        expect(await outcome(send(`/api/v2/write${query}`, line, {}))).toEqual([
          status,
          {
            code: status === 400 ? 'invalid' : 'unprocessable entity',
            message: expect.stringContaining(hint),
          },
        ]);
      },
    );

    it('in a unit that is not known is refused', async () => {
      for (const query of ['precision=m', 'precision=', 'precision=S', 'precision=s&precision=ms'])
        for (const [path, body] of [
          ['/api/ingest', READING],
          ['/api/ingest/batch', [READING]],
        ] as const)
          expect(await outcome(gateway.post(`${path}?${query}`, body))).toEqual([
            400,
            expect.objectContaining({
              code: 'INVALID_PARAMETER',
              errors: [{ path: 'precision', message: expect.stringContaining('one of ns, us, ms, s') }],
            }),
          ]);
    });

    it('in another unit makes another request of the same Idempotency-Key', async () => {
      const key = { 'idempotency-key': 'unit' };
      const reading = { ...READING, sensorId: 'key-unit', timestamp: s };
      expect((await gateway.post('/api/ingest?precision=s', reading, key)).status).toBe(201);
      expect((await gateway.post('/api/ingest?precision=s', reading, key)).status).toBe(201);
      expect((await gateway.post('/api/ingest?precision=us', reading, key)).status).toBe(422);
      expect(await history('key-unit')).toHaveLength(1);
    });

    it('may be as old as MIN_TIMESTAMP says', async () => {
      const strict = await Gateway.start({ MIN_TIMESTAMP: '2020-01-01T00:00:00+01:00' });
      const status = async (timestamp: string): Promise<number> =>
        (await strict.post('/api/ingest', { ...READING, timestamp })).status;
      expect(await status('2019-12-31T23:00:00Z')).toBe(201);
      expect(await status('2019-12-31T22:59:59.999999Z')).toBe(400);
      expect((await strict.pipeline()).refused).toEqual({ TIMESTAMP_TOO_OLD: 1 });
      await strict.stop();
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
      const body = { ...READING, timestamp: Date.now() + 3_600_000 + 1_000 };
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

    it("is refused as a whole, in InfluxDB's error format, when a line cannot be parsed", async () => {
      const body = `${LINE.replace('=line', '=none')}\nbad one\nbad,two x=1\nother x=1`;
      const [status, answer] = await outcome(send('/api/v2/write', body, {}));
      expect([status, answer]).toEqual([400, { code: 'invalid', message: expect.any(String) }]);
      const { message } = answer as { message: string };
      expect(message).toContain("unable to parse 'bad one': ");
      expect(message).toContain("unable to parse 'bad,two x=1': ");
      expect(message).not.toContain('other');
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
    expect(refused).toMatchObject({ INVALID_BATCH: 2, BATCH_TOO_LARGE: 1, IDEMPOTENCY_KEY_REUSED: 2 });
  });
});
