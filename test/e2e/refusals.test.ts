import { Gateway } from '../support/gateway.js';

/** The limit for a response with errors, whatever was sent. */
const MAX_ANSWER_BYTES = 64_000;
const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const LINE = 'sensor_predictions,sensor_id=s,zone=z value=1';

interface Answer {
  readonly status: number;
  readonly body: {
    readonly success?: boolean;
    readonly code: string;
    readonly message: string;
    readonly detail: string;
    readonly accepted: number;
    readonly refused: number;
    readonly errors: readonly { readonly index: number; readonly path: string; readonly message: string }[];
    readonly refusedIndexes?: string;
  };
}

describe('refusals', () => {
  let gateway: Gateway;
  let wide: Gateway;

  beforeAll(async () => {
    [gateway, wide] = await Promise.all([
      Gateway.start(),
      Gateway.start({ BATCH_MAX_RECORDS: '100000', AUTH: 'off' }),
    ]);
  });
  afterAll(() => Promise.all([gateway.stop(), wide.stop()]));

  const read = async (response: Response): Promise<Answer> => {
    const text = await response.text();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
    return { status: response.status, body: JSON.parse(text) as Answer['body'] };
  };
  const post = async (
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    to = gateway,
  ): Promise<Answer> => read(await to.post(path, body, headers));
  const write = (body: string): Promise<Answer> =>
    post('/api/v2/write', body, { 'content-type': 'text/plain' });

  it('of a batch name up to a hundred problems, and list all indexes when there are more', async () => {
    const few = await post('/api/ingest/batch', [READING, { ...READING, value: 'hot' }]);
    expect(few.body.refusedIndexes).toBeUndefined();

    const records = Array.from({ length: 1_000 }, (_, index) =>
      index % 2 === 1 || index >= 990 ? { ...READING, value: 'hot' } : READING,
    );
    const many = await post('/api/ingest/batch', records);
    expect([many.status, many.body.accepted, many.body.refused]).toEqual([200, 495, 505]);
    expect(many.body.errors.map(({ index }) => index)).toEqual(
      Array.from({ length: 100 }, (_, at) => 2 * at + 1),
    );
    expect(many.body.refusedIndexes).toMatch(/^1,3,5,7,.*,985,987,989-999$/);
    const none = await post('/api/ingest/batch', records.fill({ ...READING, value: 'hot' }));
    expect([none.status, none.body.success, none.body.refusedIndexes]).toEqual([400, false, '0-999']);
  });

  it('of a batch are the same when it is repeated with its Idempotency-Key', async () => {
    const records = Array.from({ length: 2_000 }, (_, at) =>
      at % 2 === 1 ? READING : { ['ü'.repeat(99)]: at },
    );
    const key = { 'idempotency-key': 'bounded' };
    const first = await post('/api/ingest/batch', records, key);
    expect(first.body.refused).toBe(1_000);
    expect(await post('/api/ingest/batch', records, key)).toEqual(first);
  });

  it('of a batch that are too many to list end the check, and the rest is accepted when it is sent again', async () => {
    const records = Array.from({ length: 40_000 }, (_, at) => (at % 2 === 1 ? READING : {}));
    const { status, body } = await post('/api/ingest/batch', records, {}, wide);
    expect([status, body.accepted + body.refused]).toEqual([200, 40_000]);
    const last = body.errors.at(-1);
    expect(last).toMatchObject({ code: 'TOO_MANY_REFUSED' });
    const from = last?.index ?? NaN;
    expect([body.refusedIndexes?.endsWith('-39999'), body.accepted]).toEqual([true, Math.floor(from / 2)]);
    const rest = records.slice(from).filter((one) => one === READING);
    expect((await post('/api/ingest/batch', rest, {}, wide)).body.accepted).toBe(20_000 - body.accepted);
  });

  it('of line protocol give number, reason and beginning of each line, and their count', async () => {
    const { status, body } = await write(`${LINE}\n${`${'x'.repeat(500)}\n`.repeat(2_000)}${LINE}`);
    expect([status, body.code]).toEqual([400, 'invalid']);
    const [count, ...lines] = body.message.split('\n');
    expect(count).toBe('2000 lines cannot be parsed; the first 100:');
    expect(lines).toHaveLength(100);
    expect(lines[0]).toBe(
      `line 2: unable to parse '${'x'.repeat(100)}…': it has no fields; it needs name=value after a space`,
    );
    expect(lines[99]).toMatch(/^line 101: /);
  });

  it.each([
    ['good lines', `${LINE}\n`.repeat(10_001)],
    ['8 MiB of bad lines', 'x\n'.repeat(4 << 20)],
  ])('include a body with more lines than a batch may have: %s', async (_, lines) => {
    const { status, body } = await write(lines);
    expect([status, body.code]).toEqual([413, 'request too large']);
    expect(body.message).toMatch(
      /^A body must hold at most 10000 lines, got at least 10001; send it in parts/,
    );
    if (lines.startsWith('x'))
      expect(body.message).toContain('\nat least 10001 lines cannot be parsed; the first');
    const short = await gateway.post('/api/v2/write', `${LINE}\n\n#\n`.repeat(10_000));
    expect(short.status).toBe(204);
  });

  it.each([
    ['a list', 'application/json', `[${'1,'.repeat(200_000)}1]`],
    ['lines', 'application/x-ndjson', 'x\n'.repeat(500_000)],
    ['a short list', 'application/json', `[${'1,'.repeat(20_000)}1]`],
  ])('include a batch with more records than it may have: %s', async (_, type, body) => {
    const answer = await post('/api/ingest/batch', body, { 'content-type': type });
    expect([answer.status, answer.body.code]).toEqual([413, 'BATCH_TOO_LARGE']);
  });

  it.each(['/api/ingest', '/api/ingest/batch', '/api/rules/try', '/api/keys'])(
    'of an object with 20,000 unknown fields name up to a hundred, with a count, at %s',
    async (path) => {
      const fields = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`🌡${at}`, 1]));
      const { status, body } = await post(path, path.endsWith('batch') ? [fields] : fields);
      expect(status).toBe(400);
      expect(body.errors.length).toBeGreaterThan(30);
      expect(body.errors.length).toBeLessThanOrEqual(100);
      if (!path.endsWith('batch')) expect(body.detail).toMatch(/^200\d\d fields are wrong; the first 100: /);
    },
  );

  it('include a body with more values than any request needs, before it is read', async () => {
    for (const body of [`{"a":${'['.repeat(1 << 20)}`, `{"a":[${'1,'.repeat(1 << 18)}1]}`])
      for (const path of ['/api/ingest', '/api/rules', '/api/ingest/batch'])
        expect(await post(path, body)).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE' } });
    const batch = await post('/api/ingest/batch', `[${JSON.stringify(READING)},[${'1,'.repeat(1 << 18)}1]]`);
    expect(batch.body).toMatchObject({
      accepted: 1,
      errors: [{ index: 1, message: expect.stringContaining('at most 32768 values') }],
    });
  });

  it('take at most 64 KB, whether parameters, paths, headers or texts of any characters are wrong', async () => {
    const query = Array.from({ length: 3_000 }, (_, at) => `k${at}`).join('&');
    const odd = '\u0000"🌡\ud800é'.repeat(2_000);
    const wide16 = 'x'.repeat(15_000);
    const answers = await Promise.all([
      gateway.get(`/api/latest?${query}`).then(read),
      gateway.get(`/api/readings/${wide16}`).then(read),
      gateway.get(`/${wide16}`).then(read),
      gateway.get('/api/logs', { headers: { 'idempotency-key': wide16, 'if-none-match': wide16 } }),
      post('/api/ingest', READING, { 'content-type': `${wide16}/json` }),
      post('/api/ingest', READING, { 'content-encoding': wide16 }),
      post('/api/ingest', READING, { 'idempotency-key': wide16 }),
      post('/api/ingest', { ...READING, [odd]: 1, sensorId: odd, zone: odd }),
      post(
        '/api/ingest/batch',
        Array.from({ length: 300 }, () => ({ [odd]: odd, sensorId: odd })),
      ),
      post('/api/keys', { name: odd, role: odd, sensors: Array.from({ length: 1_001 }, () => odd) }),
      write(`${odd}\n`.repeat(200)),
    ]);
    for (const { status } of answers.filter((one) => !(one instanceof Response)))
      expect([400, 404, 413, 415, 431]).toContain(status);
  });
});
