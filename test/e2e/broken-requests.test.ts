import { gzipSync, deflateSync } from 'node:zlib';

import { BadServer, wellBehaved } from '../support/bad-server.js';
import { makeCertificate, writeCertificate } from '../support/certificate.js';
import { until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { RawConnection } from '../support/raw-connection.js';

const READING = JSON.stringify({ sensorId: 's', zone: 'z', value: 1, latencyMs: 1 });

const post = (
  body: string,
  headers = `Content-Length: ${Buffer.byteLength(body)}`,
  path = '/api/ingest',
): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;
const GOOD = post(READING);
const LINE = 'sensor_predictions,sensor_id=s,zone=z value=4';

/** Does not check the certificate. */
const accepted = async ({ url }: Gateway): Promise<number> => {
  const [answer] = await new RawConnection(url)
    .send('GET /api/pipeline HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    .ended();
  return (JSON.parse(answer?.body ?? '') as { accepted: number }).accepted;
};

describe.each(['http:', 'https:'])('after a complete request, over %s', (protocol) => {
  let gateway: Gateway;
  let before: number;
  const open = (): RawConnection => new RawConnection(gateway.url, protocol);

  beforeAll(async () => {
    const variables = protocol === 'https:' ? writeCertificate(await makeCertificate()) : {};
    gateway = await Gateway.start({ ...variables, HEADERS_TIMEOUT: '1s', REQUEST_TIMEOUT: '2s' });
  });
  afterAll(async () => {
    await gateway.stop();
  });
  beforeEach(async () => {
    before = await accepted(gateway);
  });

  it.each([
    ['a NUL', '\0'],
    ['the byte that GSM modems append', '\x1a'],
    ['a bracket', '}'],
    ['the second half of another body', '"value":1}\r\n'],
    ['TLS', '\x16\x03\x01'],
    ['a request in small letters', GOOD.replace('POST', 'post')],
    ['a byte and a good request', `\0${GOOD}`],
    ['3 MB', 'x'.repeat(3_000_000)],
  ])('%s is not answered, but the reading is', async (_, garbage) => {
    const connection = open().send(GOOD + garbage);
    expect(await connection.ended()).toEqual([
      { status: 201, connection: 'close', body: expect.stringContaining('"success":true') },
    ]);
    expect(await connection.closed).toBe('');
    expect((await accepted(gateway)) - before).toBe(1);
  });

  it('the client may close its side: the reading is still answered', async () => {
    if (protocol === 'https:') return;
    const connection = open().send(GOOD).endSide();
    expect((await connection.ended()).map(({ status }) => status)).toEqual([201]);
    expect((await accepted(gateway)) - before).toBe(1);
  });

  it('an unknown expectation is ignored', async () => {
    const connection = open().send(
      post(READING, `Content-Length: ${READING.length}\r\nExpect: wonders\r\nConnection: close`),
    );
    expect((await connection.ended()).map(({ status }) => status)).toEqual([201]);
  });

  it('a byte after the response closes the connection without another response', async () => {
    const connection = open().send(GOOD);
    await until(() => (connection.responses.length === 1 ? true : undefined), 'the answer');
    connection.send('\x1a');
    expect((await connection.ended()).map(({ status }) => status)).toEqual([201]);
  });

  it('an invalid request after the response is answered', async () => {
    const connection = open().send(GOOD);
    await until(() => (connection.responses.length === 1 ? true : undefined), 'the answer');
    connection.send(GOOD.replace('POST', 'post'));
    expect((await connection.ended()).map(({ status }) => status)).toEqual([201, 400]);
    expect((await accepted(gateway)) - before).toBe(1);
  });

  it('line ends between requests are allowed, and the connection stays open', async () => {
    const connection = open().send(`${GOOD}\r\n${GOOD}`);
    await until(() => (connection.responses.length === 2 ? true : undefined), 'both answers');
    expect(connection.responses.map(({ status, connection: kind }) => [status, kind])).toEqual([
      [201, 'keep-alive'],
      [201, 'keep-alive'],
    ]);
    connection.destroy();
  });

  it('all complete requests are answered in order, and requests after garbage are never processed', async () => {
    const latest = 'GET /api/latest/none HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const connection = open().send(`${GOOD}${latest}${GOOD}\0${GOOD}${GOOD}`);
    const answers = await connection.ended();
    expect(answers.map(({ status, connection: kind }) => [status, kind])).toEqual([
      [201, 'keep-alive'],
      [404, 'keep-alive'],
      [201, 'close'],
    ]);
    expect((await accepted(gateway)) - before).toBe(2);
  });

  it.each([
    ['a body with invalid chunks', post('zz\r\n', 'Transfer-Encoding: chunked'), 400],
    ['a body that never arrives', post('{', 'Content-Length: 90'), 408],
    ['a request without Host', GOOD.replace('Host: localhost\r\n', ''), 400],
  ])('%s is answered after the responses before it', async (_, bad, status) => {
    const answers = await open()
      .send(GOOD + bad)
      .ended();
    expect(answers.map((answer) => answer.status)).toEqual([201, status]);
    expect((await accepted(gateway)) - before).toBe(1);
  });

  it('headers that never arrive close the connection after the response', async () => {
    const answers = await open().send(`${GOOD}POST /api/ingest HTTP/1.1\r\nHost: loc`).ended();
    expect(answers[0]?.status).toBe(201);
  });
});

describe('a slow answer', () => {
  let store: BadServer;
  let gateway: Gateway;

  beforeAll(async () => {
    store = await BadServer.start();
    gateway = await Gateway.start({
      ...store.variables,
      STORE_TIMEOUT: '30s',
      HEADERS_TIMEOUT: '1s',
      REQUEST_TIMEOUT: '1s',
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await store.stop();
  });

  it('is sent first to a client with garbage after its request, and to one that never reads', async () => {
    const waiting: (() => void)[] = [];
    store.answer = (response, path, body) => {
      if (path.startsWith('/api/v2/query') && body.includes('slow_one'))
        waiting.push(() => wellBehaved(response, path, body));
      else wellBehaved(response, path, body);
    };
    const slow = 'GET /api/readings/slow_one HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const reads = new RawConnection(gateway.url).send(`${slow}\0`);
    const neverReads = new RawConnection(gateway.url).pause().send(`${slow}\0`);
    for (let count = 0; count < 64; count += 1) neverReads.send(Buffer.alloc(1 << 20));
    await until(() => (waiting.length === 2 ? true : undefined), 'both questions');
    const rss = async (): Promise<number> =>
      Number(/^process_resident_memory_bytes (\S+)/m.exec(await (await gateway.get('/metrics')).text())?.[1]);
    const before = await rss();
    // Longer than both time-outs.
    const start = Date.now();
    await until(() => (Date.now() - start > 2_500 ? true : undefined), 'the time-outs');
    expect([reads.received, neverReads.received]).toEqual(['', '']);
    expect((await rss()) - before).toBeLessThan(32 << 20);
    store.answer = wellBehaved;
    for (const answer of waiting) answer();
    expect((await reads.ended()).map(({ status, connection }) => [status, connection])).toEqual([
      [200, 'close'],
    ]);
    // It is gone within the seconds for which what it sends is dropped.
    await neverReads.closed;
  });

  it('of a draining gateway is sent first, too', async () => {
    expect((await gateway.get('/api/drain', { method: 'POST' })).status).toBe(200);
    const answers = await new RawConnection(gateway.url).send(`${GOOD}\0`).ended();
    expect(answers).toEqual([
      { status: 503, connection: 'close', body: expect.stringContaining('"DRAINING"') },
    ]);
    await gateway.get('/api/drain', { method: 'DELETE' });
  });
});

describe('a request that is not valid HTTP', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({ HEADERS_TIMEOUT: '1s', REQUEST_TIMEOUT: '1s' });
  });
  afterAll(async () => {
    expect(await accepted(gateway)).toBe(0);
    await gateway.stop();
  });

  const get = (line: string, headers = 'Host: localhost\r\n'): string => `${line}\r\n${headers}\r\n`;
  const chunked = (chunks: string): string => post(chunks, 'Transfer-Encoding: chunked');

  it.each<[what: string, bytes: string | Buffer, says: string, code?: string]>([
    ['has no Host', post(READING).replace('Host: localhost\r\n', ''), 'HTTP/1.1 needs the header Host'],
    ['is in small letters', get('get / HTTP/1.1'), 'in capital letters: \\"GET\\", not \\"get\\"'],
    ['has an unknown method', get('FETCH / HTTP/1.1'), 'begins with \\"FETCH\\"'],
    ['is HTTP/0.9', 'GET /\r\n\r\n', 'must be HTTP/1.1 or HTTP/1.0, got HTTP/0.9'],
    ['says it is HTTP/2', get('GET / HTTP/2.0'), 'must be HTTP/1.1 or HTTP/1.0, got HTTP/2.0'],
    ['is HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HTTP/2 is not supported'],
    ['has an unknown version', get('GET / HTTP/1.2'), 'The version must be HTTP/1.1 or HTTP/1.0'],
    ['has its version in small letters', get('GET / http/1.1'), 'its version, HTTP/1.1 in capital letters'],
    [
      'has a space in its path',
      get('GET /api/latest/pump 1 HTTP/1.1'),
      'must have no spaces; write them as %20',
    ],
    ['has an umlaut in its path', get('GET /api/latest/größe HTTP/1.1'), 'percent-encoded'],
    [
      'has no colon in a header',
      get('GET / HTTP/1.1', 'Host: a\r\nSecret 1\r\n'),
      'a name, a colon and a value',
    ],
    [
      'has a space before a colon',
      get('GET / HTTP/1.1', 'Host : a\r\n'),
      'The name of the header \\"Host\\"',
    ],
    ['has a control character', get('GET / HTTP/1.1', 'Host: a\0\r\n'), 'The value of the header \\"Host\\"'],
    ['has a header of two lines', get('GET / HTTP/1.1', 'Host: a\r\n b\r\n'), 'A header must be one line'],
    ['is TLS', Buffer.from('16030100050100000100', 'hex'), 'use http://'],
    ['is MQTT', Buffer.from('101000044d5154540402003c000461626364', 'hex'), 'MQTT is not supported'],
    ['uses the PROXY protocol', 'PROXY TCP4 10.0.0.7 10.0.0.1 1 2\r\n', 'The PROXY protocol'],
    ['is only a body', READING, 'must begin with its method'],
    ['begins with a NUL', `\0${GOOD}`, 'the byte 0x00'],
    ['asks for a tunnel', get('CONNECT a:1 HTTP/1.1'), 'CONNECT is for proxies', 'METHOD_NOT_ALLOWED'],
    [
      'has two lengths',
      post(READING, 'Content-Length: 1\r\nContent-Length: 2'),
      'Content-Length must be sent once',
    ],
    ['has a length of letters', post(READING, 'Content-Length: all'), 'Content-Length must be one number'],
    [
      'has a length that is too large',
      post(READING, `Content-Length: ${'9'.repeat(30)}`),
      'too large a number',
    ],
    [
      'has length and chunks',
      post('0\r\n\r\n', 'Content-Length: 5\r\nTransfer-Encoding: chunked'),
      'exclude each other',
    ],
    [
      'has chunks and length',
      post('0\r\n\r\n', 'Transfer-Encoding: chunked\r\nContent-Length: 5'),
      'exclude each other',
    ],
    [
      'has another transfer encoding',
      post(READING, 'Transfer-Encoding: gzip'),
      'Transfer-Encoding must be chunked',
    ],
    ['announces chunks, and has none', chunked(READING), 'its size as a hexadecimal number'],
    ['has a chunk that is too long', chunked('3\r\nabcdef\r\n'), 'CRLF must follow each piece'],
    ['has a chunk that is too large', chunked(`${'f'.repeat(17)}\r\n`), 'too large a number'],
    [
      'is longer than its length says',
      post(READING, 'Content-Length: 20'),
      'cut where Content-Length ends, after 20 bytes, and more followed',
      'INVALID_JSON',
    ],
    [
      'is shorter than its length says',
      post(READING, 'Content-Length: 90'),
      `${READING.length} of 90 bytes of the body had arrived`,
      'REQUEST_TIMEOUT',
    ],
    [
      'stops between chunks',
      chunked('5\r\nabcde\r\n'),
      'in time; 5 bytes of the body had arrived',
      'REQUEST_TIMEOUT',
    ],
  ])('that %s gets an error that says so', async (_, bytes, says, code = 'MALFORMED_REQUEST') => {
    const [answer, ...more] = await new RawConnection(gateway.url).send(bytes).ended();
    expect(more).toEqual([]);
    expect(answer?.body).toContain(says);
    expect(answer?.body).not.toContain('Secret');
    expect(JSON.parse(answer?.body ?? '')).toEqual({
      success: false,
      error: expect.any(String),
      code,
      detail: expect.any(String),
      errors: [],
    });
  });

  it('that its client ends too early gets an error with the number of bytes that arrived', async () => {
    const connection = new RawConnection(gateway.url).send(post(READING, 'Content-Length: 90')).endSide();
    const [answer] = await connection.ended();
    expect(answer?.body).toContain(`${READING.length} of 90 bytes of the body had arrived`);
  });

  it.each([
    [
      'a method in small letters',
      'post /api/v2/write HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'capital letters',
    ],
    ['no Host', 'POST /api/v2/write HTTP/1.1\r\nContent-Length: 0\r\n\r\n', 'Host'],
    ['broken chunks', post('zz', 'Transfer-Encoding: chunked', '/api/v2/write'), 'hexadecimal'],
    [
      'a last line that is cut',
      post(`${LINE}2`, `Content-Length: ${LINE.length}`, '/api/v2/write'),
      'is cut',
    ],
    [
      'a time that is cut off',
      post(`${LINE} 1700000000000000000`, `Content-Length: ${LINE.length}`, '/api/v2/write'),
      'is cut',
    ],
  ])('on an InfluxDB route is answered as InfluxDB does: %s', async (_, bytes, says) => {
    const [answer] = await new RawConnection(gateway.url).send(bytes).ended();
    expect(answer?.status).toBe(400);
    expect(JSON.parse(answer?.body ?? '')).toEqual({
      code: 'invalid',
      message: expect.stringContaining(says),
    });
  });
});

describe('a body in another encoding', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start();
  });
  afterAll(async () => {
    await gateway.stop();
  });

  it.each([
    ['gzip without its header', gzipSync(READING), 'INVALID_ENCODING', 'send Content-Encoding: gzip'],
    ['zlib', deflateSync(READING), 'INVALID_ENCODING', 'zlib'],
    ['zstd', Buffer.from('28b52ffd0458', 'hex'), 'INVALID_ENCODING', 'zstd'],
    ['UTF-16', Buffer.from(`\ufeff${READING}`, 'utf16le'), 'INVALID_JSON', 'UTF-16'],
    ['UTF-16 without a mark', Buffer.from(READING, 'utf16le'), 'INVALID_JSON', 'UTF-16'],
    ['Latin-1', Buffer.from('{"sensorId":"größe"}', 'latin1'), 'INVALID_JSON', 'must be in UTF-8'],
  ])('is refused with the name of its encoding: %s', async (_, body, code, says) => {
    const response = await gateway.get('/api/ingest', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code, detail: expect.stringContaining(says) }),
    ]);
  });
});

it('plain HTTP to the HTTPS port gets an error that says so', async () => {
  const gateway = await Gateway.start({ ...writeCertificate(await makeCertificate()) });
  const [answer] = await new RawConnection(gateway.url, 'http:').send(GOOD).ended();
  expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('use https://') });
  await gateway.stop();
});
