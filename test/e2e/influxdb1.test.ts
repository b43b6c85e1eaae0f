import { Collector } from '../support/collector.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';
import { rawGet } from '../support/raw-request.js';

const LINE = 'sensor_predictions,sensor_id=s,zone=z value=1';
const SECONDS = 1_769_782_680;
const TIME = '2026-01-30T14:18:00Z';
const HOUR = '2026-01-30T14:00:00Z';

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

const send = async (gateway: Gateway, path: string, init: RequestInit = {}): Promise<Answer> => {
  const { status, headers, ...response } = await fetch(gateway.url + path, init).then(async (answer) => ({
    status: answer.status,
    headers: answer.headers,
    text: await answer.text(),
  }));
  return { status, headers, body: response.text === '' ? '' : (JSON.parse(response.text) as unknown) };
};
const write = (gateway: Gateway, query: string, body = LINE, init: RequestInit = {}): Promise<Answer> =>
  send(gateway, `/write${query}`, { method: 'POST', body, ...init });
const basic = (user: string, password: string): { headers: Record<string, string> } => ({
  headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
});

describe('for clients of InfluxDB 1', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start();
  });
  afterAll(async () => {
    await gateway.stop();
  });

  const query = async (q: string, more = ''): Promise<unknown> => {
    const { status, body } = await send(gateway, `/query?q=${encodeURIComponent(q)}${more}`);
    expect(status).toBe(200);
    return (body as { results: unknown }).results;
  };
  const timeOf = async (sensorId: string): Promise<unknown> =>
    ((await gateway.json(`/api/latest/${sensorId}`)) as { timestamp?: unknown }).timestamp;

  describe('POST /write', () => {
    it('stores points, and answers as InfluxDB does', async () => {
      const { status, body, headers } = await write(gateway, '?db=any&rp=autogen&consistency=one&u=me&p=it');
      expect([status, body]).toEqual([204, '']);
      expect(headers.get('x-influxdb-version')).toMatch(/^predictionx-/);
      expect(await gateway.json('/api/latest/s')).toMatchObject({ value: 1, found: true });
    });

    it.each([
      ['', `${SECONDS}000000000`, TIME],
      ['&precision=', `${SECONDS}000000000`, TIME],
      ['&precision=n', `${SECONDS}000000000`, TIME],
      ['&precision=ns', `${SECONDS}000000000`, TIME],
      ['&precision=u', `${SECONDS}000000`, TIME],
      ['&precision=%C2%B5', `${SECONDS}000000`, TIME],
      ['&precision=us', `${SECONDS}000000`, TIME],
      ['&precision=ms', `${SECONDS}000`, TIME],
      ['&precision=s', `${SECONDS}`, TIME],
      ['&precision=m', `${SECONDS / 60}`, TIME],
      ['&precision=h', `${Math.floor(SECONDS / 3600)}`, HOUR],
    ])('reads the unit of timestamps from %j', async (precision, stamp, time) => {
      const name = `p${precision.replace(/\W/g, '_')}`;
      for (const [sensorId, zone] of [
        [name, 'z'],
        // The slow path, because of the escape.
        [`${name}_slow`, 'z\\ z'],
      ] as const) {
        const line = `sensor_predictions,sensor_id=${sensorId},zone=${zone} value=1 ${stamp}`;
        expect((await write(gateway, `?db=x${precision}`, line)).status).toBe(204);
        expect(await timeOf(sensorId)).toBe(time);
      }
    });

    it.each(['d', 'NS', 'rfc3339', 'x'])('refuses the unit %s instead of guessing', async (precision) => {
      const { status, body, headers } = await write(gateway, `?db=x&precision=${precision}`);
      const error = `precision must be one of n, ns, u, µ, us, ms, s, m, h, got "${precision}"`;
      expect([status, body]).toEqual([400, { error }]);
      expect(headers.get('x-influxdb-error')).toBe(error.replace('µ', '?'));
    });

    it.each(['', '?db=', '?rp=x'])('refuses a request that names no database: %j', async (parameters) => {
      const { status, body } = await write(gateway, parameters);
      expect([status, body]).toEqual([
        400,
        { error: expect.stringMatching(/^database is required/) as unknown },
      ]);
    });

    it('names what cannot be parsed in the body, and its beginning in one line of a header', async () => {
      const bad = Array.from({ length: 120 }, (_, index) => `wärme\u0007${index}`).join('\n');
      const { status, body, headers } = await write(gateway, '?db=x', bad);
      const { error } = body as { error: string };
      expect(status).toBe(400);
      expect(error).toContain('unable to parse');
      expect(error.split('\n').length).toBeGreaterThan(100);
      expect(error.length).toBeLessThan(64_000);
      const header = headers.get('x-influxdb-error') ?? '';
      expect(header).toMatch(/^[ -~]{500,1000}$/);
      expect(error.replace(/\s+/g, ' ')).toContain(header.slice(0, 40));
    });

    it('drops refused points alone, and answers 400 with "partial write", as InfluxDB does', async () => {
      const good = 'sensor_predictions,sensor_id=partial,zone=z value=2';
      const future = `${LINE} ${Date.now() + 7_200_000}`;
      const { status, body, headers } = await write(
        gateway,
        '?db=x&precision=ms',
        [good, 'temperature value=1', future].join('\n'),
      );
      const error = (body as { error: string }).error.split('\n');
      expect(status).toBe(400);
      expect(error).toEqual([
        'partial write: 2 of 3 points are refused',
        expect.stringMatching(/^line 2: .*temperature/),
        expect.stringMatching(/^line 3: .*TIMESTAMP_IN_FUTURE\)$/),
        'dropped=2',
      ]);
      expect(headers.get('x-influxdb-error')).toMatch(/^partial write: 2 of 3 points are refused line 2: /);
      expect(await gateway.json('/api/latest/partial')).toMatchObject({ value: 2 });
    });

    it('takes an empty body, and any content type', async () => {
      expect((await write(gateway, '?db=x', '')).status).toBe(204);
      expect((await write(gateway, '?db=x', '\n')).status).toBe(204);
      for (const type of [
        'application/json',
        'application/x-www-form-urlencoded',
        'application/octet-stream',
      ])
        expect((await write(gateway, '?db=x', LINE, { headers: { 'content-type': type } })).status).toBe(204);
    });

    it('counts what it cannot read as refused', async () => {
      const before = (await gateway.pipeline()).refused;
      await write(gateway, '?db=x', 'nonsense');
      expect((await gateway.pipeline()).refused).not.toEqual(before);
    });
  });

  describe('/query', () => {
    const databases = (...names: string[]): object => ({
      statement_id: 0,
      series: [{ name: 'databases', columns: ['name'], values: names.map((name) => [name]) }],
    });

    it.each([
      'SHOW DATABASES',
      'show databases;',
      ' SHOW\n DATABASES -- all of them',
      '/* all */SHOW DATABASES',
    ])('answers %j', async (q) => {
      expect(await query(q)).toEqual([databases('predictionx')]);
      expect(await query(q, '&db=halls')).toEqual([databases('predictionx', 'halls')]);
    });

    it('answers success to CREATE DATABASE, and says what it ignores', async () => {
      expect(await query('CREATE DATABASE "telegraf"')).toEqual([{ statement_id: 0 }]);
      expect(await query('CREATE DATABASE k6 WITH DURATION 3d')).toEqual([
        {
          statement_id: 0,
          messages: [{ level: 'warning', text: expect.stringContaining('retention') as unknown }],
        },
      ]);
    });

    it('answers several statements, in order', async () => {
      const results = await query(
        `SHOW RETENTION POLICIES ON "a;b"; SHOW MEASUREMENTS LIMIT 1;SELECT 1 FROM 'x''y'; DROP DATABASE x`,
      );
      expect(results).toEqual([
        {
          statement_id: 0,
          series: [
            {
              columns: ['name', 'duration', 'shardGroupDuration', 'replicaN', 'default'],
              values: [['autogen', '0s', '168h0m0s', 1, true]],
            },
          ],
        },
        {
          statement_id: 1,
          series: [{ name: 'measurements', columns: ['name'], values: [['sensor_predictions']] }],
        },
        { statement_id: 2, error: expect.stringMatching(/SELECT; to read, GET \/api\/latest/) as unknown },
        {
          statement_id: 3,
          error: expect.stringMatching(/^not implemented: DROP DATABASE/) as unknown,
        },
      ]);
    });

    it('takes the parameters from a form, and those of the URL first', async () => {
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      const post = (path: string, body?: string, headers?: Record<string, string>): Promise<Answer> =>
        send(gateway, path, {
          method: 'POST',
          ...(body !== undefined && { body }),
          ...(headers && { headers }),
        });
      for (const answer of [
        await post('/query', 'q=SHOW+DATABASES&db=halls', form),
        await post('/query?db=halls&q=SHOW%20DATABASES'),
        await post('/query?db=halls', 'q=SHOW+DATABASES&db=others', form),
        await post('/query?db=halls&q=SHOW+DATABASES', '', { 'content-type': 'application/json' }),
      ])
        expect(answer).toMatchObject({ status: 200, body: { results: [databases('predictionx', 'halls')] } });
    });

    it('indents for people', async () => {
      const response = await gateway.get('/query?q=SHOW+DATABASES&pretty=true&chunked=true&epoch=ms');
      expect(await response.text()).toMatch(/^\{\n {4}"results": \[\n[^]*\}\n$/);
    });

    it.each([
      ['', 'missing required parameter "q"'],
      ['?q=', 'missing required parameter "q"'],
      ['?q=%20%3B', 'no statement'],
      ['?q=HELLO', 'must begin with one of SELECT'],
      ["?q=SHOW+'x", "a quote, ', is not closed"],
      [`?q=${'SHOW+DATABASES;'.repeat(21)}`, 'at most 20 statements, got 21'],
    ])('says what is wrong with %.30j', async (parameters, error) => {
      const { status, body } = await send(gateway, `/query${parameters}`);
      expect([status, body]).toEqual([400, { error: expect.stringContaining(error) as unknown }]);
    });

    it('bounds a form', async () => {
      for (const body of [`q=${'x'.repeat(20_000)}`, 'a&'.repeat(2_000_000)]) {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        const started = performance.now();
        const answer = await send(gateway, '/query', { method: 'POST', body, headers });
        expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(/at most \d+/) } });
        expect(performance.now() - started).toBeLessThan(5_000);
      }
    });

    it('shows no data, and no password of a statement', async () => {
      await write(gateway, '?db=x', 'sensor_predictions,sensor_id=hidden,zone=z value=1');
      const q =
        "SHOW SERIES; SHOW TAG VALUES WITH KEY = sensor_id; SELECT * FROM sensor_predictions; CREATE USER me WITH PASSWORD 'hidden'";
      expect(JSON.stringify(await query(q))).not.toContain('hidden');
    });
  });

  it('answers pings with a version', async () => {
    for (const method of ['GET', 'HEAD'] as const) {
      for (const path of ['/ping', '/ping?verbose=false', '/ping?verbose=0', '/ping?verbose='])
        expect((await send(gateway, path, { method })).status).toBe(204);
      const verbose = await send(gateway, '/ping?verbose=true&u=me&p=it', { method });
      expect(verbose.status).toBe(200);
      expect(verbose.headers.get('x-influxdb-version')).toMatch(/^predictionx-/);
      expect(verbose.body).toEqual(
        method === 'HEAD' ? '' : { version: verbose.headers.get('x-influxdb-version') },
      );
    }
  });

  it('says since when it runs', async () => {
    const { status, body } = await send(gateway, '/ready');
    expect([status, body]).toEqual([
      200,
      {
        status: 'ready',
        started: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
        up: expect.stringMatching(/^(?:\d+m)?\d+\.\d{3}s$/) as unknown,
      },
    ]);
  });

  it('answers only programs of this machine while there are no keys', async () => {
    for (const path of ['/query?q=SHOW+DATABASES', '/ping?verbose=true', '/ready']) {
      expect((await rawGet(gateway.url + path, { host: 'rebound.example' })).status).toBe(403);
    }
    const { status, body } = await write(gateway, '?db=x', LINE, { headers: { via: '1.1 proxy' } });
    expect([status, body]).toEqual([
      403,
      { error: expect.stringContaining('There is no key yet') as unknown },
    ]);
  });

  it('takes the empty unit on /api/v2/write, and refuses names of InfluxDB 1 there, as InfluxDB 2 does', async () => {
    const status = async (precision: string): Promise<number> =>
      (await send(gateway, `/api/v2/write?precision=${precision}`, { method: 'POST', body: LINE })).status;
    expect(await Promise.all(['', 'ns', 'n', 'u', 'm', 'h'].map(status))).toEqual([
      204, 204, 400, 400, 400, 400,
    ]);
  });
});

describe('with keys', () => {
  let gateway: Gateway;
  let collector: Collector;
  const keys = { device: '', reader: '' };

  beforeAll(async () => {
    collector = await Collector.start();
    gateway = await Gateway.start({ ...collector.variables, ADMIN_KEY, LOG_LEVEL: 'trace' });
    gateway.key = ADMIN_KEY;
    for (const role of ['device', 'reader'] as const)
      keys[role] = (await makeKey(gateway, { name: role, role })).key;
  });
  afterAll(async () => {
    await gateway.stop();
    await collector.stop();
  });

  it('takes the key as the password of Basic, with any user name', async () => {
    for (const user of ['', 'telegraf', 'x y'])
      expect((await write(gateway, '?db=x', LINE, basic(user, keys.device))).status).toBe(204);
    expect((await write(gateway, '?db=x', LINE, basic('me', ADMIN_KEY))).status).toBe(204);
    expect((await send(gateway, '/query?q=SHOW+DATABASES', basic('me', keys.device))).status).toBe(200);
    const token = { headers: { authorization: `Token ${keys.device}` } };
    expect((await write(gateway, '?db=x', LINE, token)).status).toBe(204);
  });

  it('answers a wrong key, and one of a role that does not send', async () => {
    const wrong = await write(gateway, '?db=x', LINE, basic('me', 'wrong'));
    expect([wrong.status, wrong.body]).toEqual([401, { error: expect.any(String) as unknown }]);
    expect((await send(gateway, '/query?q=SHOW+DATABASES', basic('me', 'wrong'))).status).toBe(401);
    expect((await write(gateway, '?db=x', LINE, basic('me', keys.reader))).status).toBe(403);
  });

  it('takes Basic on no other route', async () => {
    for (const [path, init] of [
      ['/api/v2/write', { method: 'POST', body: LINE }],
      ['/api/latest', {}],
      ['/api/keys', {}],
    ] as const)
      expect((await send(gateway, path, { ...init, ...basic('me', ADMIN_KEY) })).status).toBe(401);
  });

  it('never takes a key from the URL, says how to send it, and keeps it to itself', async () => {
    const secret = 'a-secret-that-is-nowhere-else';
    const answers = [
      await write(gateway, `?db=x&u=me&p=${keys.device}`),
      await write(gateway, `?db=x&u=me&p=${secret}`),
      await send(gateway, `/query?q=SHOW+DATABASES&u=${secret}&p=${secret}`),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(401);
      expect((body as { error: string }).error).toMatch(
        /password of Authorization: Basic.*Token KEY.*u and p are ignored/,
      );
    }
    const ping = await send(gateway, `/ping?verbose=true&u=me&p=${secret}`);
    expect(ping.status).toBe(200);
    const signed = { headers: { authorization: `Token ${keys.device}` } };
    await write(gateway, `?db=x&u=me&p=${secret}`, LINE, signed);
    await write(gateway, `?db=x&u=me&p=${secret}`, 'bad', signed);
    await write(gateway, `?u=me&p=${secret}`, LINE, signed);
    await send(gateway, `/query?q=SELECT&p=${secret}`, signed);
    const malformed = await send(gateway, `/wri%zzte?p=${secret}`, signed);
    expect([malformed.status, JSON.stringify(malformed.body)]).toEqual([
      400,
      expect.not.stringContaining(secret),
    ]);
    const metrics = await (await gateway.get('/metrics')).text();
    expect(metrics).toContain('route="/write"');
    await collector.span('of a write', ({ name }) => name === 'POST /write');
    await gateway.stop();
    expect(gateway.output).toContain('POST /write 401');
    for (const text of [gateway.output, metrics, JSON.stringify(collector.spans), JSON.stringify(answers)]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(keys.device);
    }
  });
});
