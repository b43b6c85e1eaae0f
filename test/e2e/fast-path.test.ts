import { request } from 'node:http';

import fc from 'fast-check';

import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';
import { RawConnection } from '../support/raw-connection.js';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

/** A header that the fast path does not know: the application answers the request then. */
const UNUSUAL = { 'x-unusual': '1' };
/** Differ from answer to answer. */
const CHANGING = ['x-request-id', 'date'];
const NOW = /"\d{4}-\d\d-\d\dT[\d:.]+Z"/;

describe('single readings and GET latest, in large numbers', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start();
  });
  afterAll(async () => {
    await gateway.stop();
  });

  const ask = (method: string, path: string, body?: string | Uint8Array, headers = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers };
      request(gateway.url + path, { method, headers: sent, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => {
          const got = Object.fromEntries(
            Object.entries(response.headers).filter(([name]) => !CHANGING.includes(name)),
          ) as Answer['headers'];
          resolve({ status: response.statusCode ?? 0, headers: got, body: text });
        });
      })
        .on('error', reject)
        .end(body);
    });
  const post = (body: string | Uint8Array, headers = {}): Promise<Answer> =>
    ask('POST', '/api/ingest', body, headers);
  /** The answer without the time of acceptance. */
  const timeless = ({ body, ...rest }: Answer): Answer => {
    const { 'content-length': _, ...headers } = rest.headers;
    return { ...rest, headers, body: body.replace(NOW, '"NOW"') };
  };
  const requestLine = (body: string, more = ''): string =>
    `POST /api/ingest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const readingOf = (sensorId: string, more: object = {}): string =>
    JSON.stringify({ sensorId, zone: 'z', value: 1.5, latencyMs: 2, ...more });
  const historyOf = async (sensorId: string): Promise<unknown[]> => {
    await gateway.settled();
    return (await gateway.json(`/api/readings/${sensorId}?from=0`)) as unknown[];
  };

  it('are answered as one by one, whatever is sent', async () => {
    const text = readingOf('same');
    const bodies: (string | Uint8Array)[] = [
      text,
      readingOf('Küche 7 "é" 🌡'),
      readingOf('same', { timestamp: '2026-01-30T12:00:00.5Z' }),
      readingOf('same', { timestamp: 1_769_774_400_000 }),
      readingOf('same', { timestamp: 1e18 }),
      readingOf('same', { timestamp: 12 }),
      readingOf('same', { timestamp: 'yesterday' }),
      readingOf('same', { timestamp: null }),
      readingOf('same', { value: null }),
      readingOf('same', { value: '1' }),
      readingOf('same', { more: 1 }),
      readingOf(' same'),
      readingOf('x'.repeat(129)),
      readingOf('zero\u200bwidth'),
      '{"sensorId":"same","zone":"z","value":1e999,"latencyMs":1}',
      '{"sensorId":"same","zone":"z","value":-0,"latencyMs":1}',
      '{"sensorId":"same","zone":"z","value":1,"value":2,"latencyMs":1}',
      '{"__proto__":{"value":1},"sensorId":"same","zone":"z","latencyMs":1}',
      `\ufeff${text}`,
      ` \r\n${text}\u0000`,
      `${text}\u001a`,
      `${text}x`,
      text.slice(0, -1),
      '[]',
      `[${text}]`,
      'null',
      ' ',
      Buffer.from(text.replace('same', 's\u00e4me'), 'latin1'),
      Buffer.from(text, 'utf16le'),
      text.padEnd(5_000),
    ];
    for (const body of bodies)
      expect([body, timeless(await post(body))]).toEqual([body, timeless(await post(body, UNUSUAL))]);
  });

  it('have the same names and numbers as read one by one', async () => {
    const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 6 }));
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, 1e-320, 1e308));
    const reading = fc.record({ sensorId: text, zone: text, value: number, latencyMs: number });
    await fc.assert(
      fc.asyncProperty(reading, async (one) => {
        const body = JSON.stringify(one);
        expect(timeless(await post(body))).toEqual(timeless(await post(body, UNUSUAL)));
      }),
      { numRuns: 150 },
    );
  });

  it('are all kept when they come at once, and a bad one costs none of the others', async () => {
    const sent = Array.from({ length: 300 }, (_, index) =>
      index % 50 === 7 ? readingOf('many', { value: 'hot' }) : readingOf('many', { value: index }),
    );
    const answers = await Promise.all(sent.map((body) => post(body)));
    expect(answers.map(({ status }) => status)).toEqual(
      sent.map((_, index) => (index % 50 === 7 ? 400 : 201)),
    );
    const times = answers.flatMap(({ status, body }) =>
      status === 201 ? [(JSON.parse(body) as { timestamp: string }).timestamp] : [],
    );
    expect(new Set(times).size).toBe(294);
    expect((await historyOf('many')).length).toBe(294);
  });

  it('may come over one connection, in pieces, and with others between them', async () => {
    const connection = new RawConnection(gateway.url);
    const whole = requestLine(readingOf('piped', { timestamp: 1_769_774_400_000 }));
    connection.send(
      whole + requestLine('{"sensorId":1}') + whole.replace('00000}', '00001}') + whole.slice(0, -20),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    connection.send(
      `${whole.slice(-20)}GET /api/latest/piped HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    const answers = await connection.ended();
    expect(answers.map(({ status }) => status)).toEqual([201, 400, 201, 201, 200]);
    expect(answers[4]?.connection).toBe('close');
    expect(await historyOf('piped')).toHaveLength(2);
  });

  it('stay in the order in which a connection brings them, whatever comes between them', async () => {
    const text = Array.from({ length: 30 }, (_, value) => {
      const body = readingOf('ordered', { value });
      if (value % 3 === 1) return requestLine(body, 'X-Unusual: 1\r\n');
      return requestLine(value % 5 === 2 ? `\ufeff${body}` : body);
    }).join('');
    const last = requestLine(readingOf('ordered', { value: 30 }), 'Connection: close\r\n');
    const answers = await new RawConnection(gateway.url).send(text + last).ended();
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(31).fill(201));
    const values = (await historyOf('ordered')).map((one) => (one as { value: number }).value);
    expect(values).toEqual(Array.from({ length: 31 }, (_, value) => value));
  });

  it('get an answer when the client has closed its side', async () => {
    const [answer] = await new RawConnection(gateway.url)
      .send(requestLine(readingOf('half')))
      .endSide()
      .ended();
    expect(answer?.status).toBe(201);
  });

  it('are not for web pages, proxies and other hosts while there is no key', async () => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'x-forwarded-for': '10.1.2.3' },
      { via: '1.1 proxy' },
      { host: 'evil.example' },
    ]) {
      expect((await post(readingOf('foreign'), headers)).body).toContain('LOCAL_ONLY');
      expect((await ask('GET', '/api/latest/foreign', undefined, headers)).body).toContain('LOCAL_ONLY');
    }
  });

  it('are counted in the metrics as any other request', async () => {
    const count = async (): Promise<number> => {
      const text = await (await gateway.get('/metrics')).text();
      const line =
        /^predictionx_http_request_duration_seconds_count\{route="\/api\/ingest",method="POST",status="2xx"\} (\d+)$/m;
      return Number(line.exec(text)?.[1]);
    };
    const before = await count();
    await post(readingOf('counted'));
    await post(readingOf('counted'), UNUSUAL);
    expect(await count()).toBe(before + 2);
  });

  it('show the latest reading of a sensor as the application does', async () => {
    await post(readingOf('shown'));
    for (const path of [
      '/api/latest/shown',
      '/api/latest/unknown',
      '/api/latest/shown?x=1',
      '/api/latest/sh%6fwn',
    ])
      expect(await ask('GET', path)).toEqual(await ask('GET', path, undefined, UNUSUAL));
    await post(readingOf('shown', { value: 7 }));
    expect(JSON.parse((await ask('GET', '/api/latest/shown')).body)).toMatchObject({ value: 7 });
  });

  it('are refused while the gateway drains, and accepted again', async () => {
    await gateway.get('/api/drain', { method: 'POST' });
    const refused = await post(readingOf('drained'));
    expect([refused.status, refused.body]).toEqual([503, expect.stringContaining('DRAINING')]);
    expect(timeless(refused)).toEqual(timeless(await post(readingOf('drained'), UNUSUAL)));
    await gateway.get('/api/drain', { method: 'DELETE' });
    expect((await post(readingOf('drained'))).status).toBe(201);
  });
});

describe('single readings with keys', () => {
  it('are accepted from keys that may send them, until these are revoked', async () => {
    const gateway = await Gateway.start({ ADMIN_KEY });
    gateway.key = ADMIN_KEY;
    const device = await makeKey(gateway, { name: 'd', role: 'device', sensors: ['mine-*'] });
    const reader = await makeKey(gateway, { name: 'r', role: 'reader' });
    const limited = await makeKey(gateway, { name: 'l', role: 'device', requestsPerSecond: 1 });
    const send = async (sensorId: string, key: string): Promise<number> => {
      const body = { sensorId, zone: 'z', value: 1, latencyMs: 1 };
      return (await gateway.post('/api/ingest', body, { authorization: `Bearer ${key}` })).status;
    };
    expect(await send('mine-1', device.key)).toBe(201);
    expect(await send('yours', device.key)).toBe(403);
    expect(await send('mine-1', reader.key)).toBe(403);
    expect(await send('mine-1', `${device.key}x`)).toBe(401);
    expect(await send('x', ADMIN_KEY)).toBe(201);
    expect([await send('y', limited.key), await send('y', limited.key)]).toEqual([201, 429]);
    const latest = (key: string): Promise<Response> =>
      gateway.get('/api/latest/mine-1', { headers: { authorization: `Bearer ${key}` } });
    expect((await latest(reader.key)).status).toBe(200);
    expect((await latest(device.key)).status).toBe(403);
    await gateway.get(`/api/keys/${device.id}`, { method: 'DELETE' });
    expect(await send('mine-1', device.key)).toBe(401);
    await gateway.stop();
  });
});
