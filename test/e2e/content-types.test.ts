import { gzipSync } from 'node:zlib';

import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY } from '../support/keys.js';
import { RawConnection } from '../support/raw-connection.js';
import { type PostAnswer, rawPost } from '../support/raw-post.js';

const SINGLE = '/api/ingest';
const BATCH = '/api/ingest/batch';
const WRITE = '/api/v2/write';
const READING = '{"sensorId":"s","zone":"z","value":1,"latencyMs":0}';
const LINE = 'sensor_predictions,sensor_id=s,zone=z value=4';
const MARK = '\ufeff';

const type = (value: string): string[] => [`Content-Type: ${value}`];
const encoding = (value: string): string[] => [
  'Content-Type: application/json',
  `Content-Encoding: ${value}`,
];
const lines = (count: number): string => `${READING}\n`.repeat(count);

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start();
});
afterAll(async () => {
  await gateway.stop();
});

const post = (path: string, body: string | Uint8Array, headers: string[] = []): Promise<PostAnswer> =>
  rawPost(gateway.url, path, body, headers);
const detailOf = ({ body }: PostAnswer): { code: string; detail: string } =>
  JSON.parse(body) as { code: string; detail: string };
const acceptedIn = ({ body }: PostAnswer): number => (JSON.parse(body) as { accepted: number }).accepted;

describe('JSON', () => {
  it.each([
    ['no Content-Type', []],
    ['text/plain', type('text/plain')],
    ['text/plain as fetch() sends it', type('text/plain;charset=UTF-8')],
    ['TEXT/PLAIN', type('TEXT/PLAIN')],
    ['application/json', type('application/json')],
    ['application/json with a charset', type('application/json; charset="utf-8"')],
    ['application/json with an empty charset', type('application/json;charset=')],
    ['application/json with another charset, and ASCII alone', type('application/json; charset=latin1')],
    ['the same Content-Type twice', [...type('application/json'), ...type('application/json')]],
  ])('is read under %s, as a reading and as an array', async (_, headers) => {
    expect((await post(SINGLE, READING, headers)).status).toBe(201);
    const batch = await post(BATCH, `[${READING},${READING}]`, headers);
    expect([batch.status, acceptedIn(batch)]).toEqual([200, 2]);
  });

  it.each([
    ['no Content-Type', []],
    ['text/plain', type('text/plain')],
    ['application/x-ndjson', type('application/x-ndjson')],
  ])('of one reading on each line is a batch under %s', async (_, headers) => {
    // The larger one is parsed in time slices.
    for (const count of [1, 3, 6_000]) {
      const answer = await post(BATCH, lines(count), headers);
      expect([answer.status, acceptedIn(answer)]).toEqual([200, count]);
    }
  });

  it.each([
    ['two lines', lines(2)],
    ['6,000 lines', lines(6_000)],
  ])('of one reading on each line under application/json is told its type: %s', async (_, body) => {
    const answer = await post(BATCH, body, type('application/json'));
    expect([answer.status, detailOf(answer)]).toEqual([
      400,
      expect.objectContaining({
        code: 'INVALID_JSON',
        detail: expect.stringContaining('one reading on each line, send Content-Type: application/x-ndjson'),
      }),
    ]);
  });

  it('in chunks, and after "Expect: 100-continue", is read without a Content-Type, too', async () => {
    const half = READING.length >> 1;
    const head = (...headers: string[]): string =>
      [`POST ${SINGLE} HTTP/1.1`, 'Host: localhost', ...headers, 'Connection: close', '', ''].join('\r\n');
    const chunks = [READING.slice(0, half), READING.slice(half), '']
      .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
      .join('');
    const chunked = new RawConnection(gateway.url).send(head('Transfer-Encoding: chunked') + chunks);
    expect((await chunked.ended())[0]?.status).toBe(201);

    const expecting = new RawConnection(gateway.url);
    expecting.send(head('Expect: 100-continue', `Content-Length: ${READING.length}`) + READING);
    await expecting.closed;
    expect(expecting.received).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 Created/);
  });
});

describe('a byte order mark', () => {
  it.each([
    [SINGLE, 'application/json', MARK + READING, 201],
    [SINGLE, 'text/plain', MARK + READING, 201],
    [BATCH, 'application/json', `${MARK}[${READING}]`, 200],
    [BATCH, 'application/json', `${MARK}[${`${READING},`.repeat(6_000)}${READING}]`, 200],
    [BATCH, 'text/plain', MARK + lines(2), 200],
    [BATCH, 'application/x-ndjson', MARK + lines(2), 200],
    [BATCH, 'application/x-ndjson', MARK + lines(6_000), 200],
    [WRITE, 'text/plain', `${MARK}${LINE}\n`, 204],
    ['/api/rules', 'application/json', `${MARK}{"kind":"above","threshold":80}`, 201],
  ])('is passed over: %s, %s', async (path, contentType, body, status) => {
    expect((await post(path, body, type(contentType))).status).toBe(status);
    const zipped = await post(path, gzipSync(body), [...type(contentType), 'Content-Encoding: gzip']);
    expect(zipped.status).toBe(status);
  });
});

describe('what modems and fixed buffers append', () => {
  it.each([
    ['the end mark of GSM modems', '\x1a'],
    ['a NUL', '\0'],
    ['a line end and both', '\r\n\x1a\0'],
    ['both and a line end', '\0\x1a\r\n'],
    ['a buffer of NULs', '\0'.repeat(1_000)],
  ])('behind JSON and NDJSON is passed over: %s', async (_, padding) => {
    expect((await post(SINGLE, READING + padding)).status).toBe(201);
    expect((await post(SINGLE, READING + padding, type('application/json'))).status).toBe(201);
    const batch = await post(BATCH, `[${READING}]${padding}`, type('application/json'));
    expect([batch.status, acceptedIn(batch)]).toEqual([200, 1]);
    const ndjson = await post(BATCH, lines(2) + padding, type('application/x-ndjson'));
    expect(JSON.parse(ndjson.body)).toEqual({ success: true, accepted: 2, refused: 0, errors: [] });
  });

  it('behind line protocol is passed over from the end mark of GSM modems on', async () => {
    for (const end of ['\x1a', '\n\x1a', '\r\n\x1a', '\n\x1a\r\n', '\x1a\0\n'])
      expect([end, (await post(WRITE, LINE + end)).status]).toEqual([end, 204]);
  });

  it.each([
    ['before the JSON', `\x1a${READING}`],
    ['within it', READING.replace(',', ',\0')],
    ['before the rest of an earlier message', `${READING}\0"latencyMs":0}`],
    ['beyond any buffer', READING + '\0'.repeat(70_000)],
    ['with no JSON', '\0\x1a'],
  ])('is refused %s', async (_, body) => {
    const answer = await post(SINGLE, body);
    expect([answer.status, detailOf(answer).code]).toEqual([400, 'INVALID_JSON']);
  });
});

describe('bytes that are not UTF-8', () => {
  const damaged = (text: string): Buffer => Buffer.from(text, 'latin1');

  it('cost only the reading of their line in NDJSON', async () => {
    const rows = [READING, READING.replace('"zone":"', '"zone":"\xe9'), `{\xff}`, READING];
    const answer = await post(BATCH, damaged(rows.join('\n')), type('application/x-ndjson'));
    expect(JSON.parse(answer.body)).toMatchObject({
      accepted: 2,
      refused: 2,
      errors: [
        { index: 1, path: 'zone', message: expect.stringContaining(String.raw`\udcff`) },
        { index: 2, message: expect.stringContaining('The line is not valid JSON') },
      ],
    });
  });

  it('cost only the point of their line in line protocol', async () => {
    const body = [LINE, LINE.replace('sensor_id=', 'sensor_id=\xe9'), '# \xe9', LINE].join('\n');
    const answer = await post(WRITE, damaged(body));
    expect(answer.status).toBe(422);
    const { message } = JSON.parse(answer.body) as { message: string };
    expect(message).toMatch(/^partial write: 1 of 3 points/);
    expect(message).toContain(String.raw`line 2: tag sensor_id must be`);
    expect(message).toContain(String.raw`\udcff`);
  });

  it.each([
    ['much of it', `${LINE}\n${'\xe9'.repeat(2_000)}`],
    ['gzip without Content-Encoding', '\x1f\x8b\x08\x00\xff'],
    ['UTF-16', '\xff\xfes\0e\0'],
  ])('refuse the whole body when they are %s', async (_, body) => {
    for (const [path, headers] of [
      [WRITE, type('text/plain')],
      [BATCH, type('application/x-ndjson')],
    ] as const)
      expect((await post(path, damaged(body), headers)).status).toBe(400);
  });

  it('refuse a single reading, and an array', async () => {
    const single = await post(
      SINGLE,
      damaged(READING.replace('"zone":"', '"zone":"\xe9')),
      type('application/json'),
    );
    expect([single.status, detailOf(single).code]).toEqual([400, 'INVALID_JSON']);
  });
});

describe('Content-Encoding', () => {
  it.each(['gzip', 'x-gzip', 'GZIP', 'X-GZip', 'gzip, identity', ' identity ,gzip '])(
    '%j means gzip',
    async (value) => {
      expect((await post(SINGLE, gzipSync(READING), encoding(value))).status).toBe(201);
      const line = await post(WRITE, gzipSync(LINE), [`Content-Encoding: ${value}`]);
      expect(line.status).toBe(204);
    },
  );

  it.each(['', 'identity', 'Identity', 'identity, identity'])('%j means none', async (value) => {
    expect((await post(SINGLE, READING, encoding(value))).status).toBe(201);
  });

  it.each(['deflate', 'br', 'zstd', 'gzip, gzip', 'gzip, br', 'none', 'utf-8'])(
    '%j is refused with what is allowed',
    async (value) => {
      const answer = await post(SINGLE, READING, encoding(value));
      expect([answer.status, detailOf(answer)]).toEqual([
        400,
        expect.objectContaining({
          code: 'INVALID_ENCODING',
          detail: `Content-Encoding must be gzip or identity, got ${JSON.stringify(value)}`,
        }),
      ]);
    },
  );
});

describe('another Content-Type', () => {
  const form = 'application/x-www-form-urlencoded';
  const allowed: [path: string, types: string][] = [
    [SINGLE, 'Content-Type must be application/json or text/plain, or be left out, got'],
    [BATCH, 'Content-Type must be application/json, application/x-ndjson or text/plain, or be left out, got'],
    ['/api/rules', 'Content-Type must be application/json, got'],
    ['/api/rules/try', 'Content-Type must be application/json, got'],
    ['/api/keys', 'Content-Type must be application/json, got'],
  ];

  it.each(allowed)('is told what %s takes', async (path, says) => {
    const others = ['', 'json', 'application/', 'text/json', 'application/vnd.api+json', 'text/html', form];
    for (const value of others) {
      const answer = await post(path, READING, type(value));
      expect([value, answer.status, detailOf(answer)]).toEqual([
        value,
        415,
        expect.objectContaining({
          code: 'UNSUPPORTED_MEDIA_TYPE',
          detail: expect.stringContaining(`${says} ${JSON.stringify(value)}`),
        }),
      ]);
    }
  });

  it.each(allowed)('of "curl -d" to %s is told the header to add', async (path) => {
    const { detail } = detailOf(await post(path, READING, type(form)));
    expect(detail).toContain("curl sends this type with -d; add -H 'Content-Type: application/json'");
  });

  it.each(['/api/rules', '/api/rules/try', '/api/keys'])(
    'is not JSON for %s, which devices do not use',
    async (path) => {
      for (const headers of [[], type('text/plain')]) {
        const answer = await post(path, '{}', headers);
        const got = headers.length === 0 ? 'nothing' : '"text/plain"';
        expect([answer.status, detailOf(answer).detail]).toEqual([
          415,
          `Content-Type must be application/json, got ${got}`,
        ]);
      }
    },
  );

  it('is NDJSON only in a batch', async () => {
    const answer = await post(SINGLE, READING, type('application/x-ndjson'));
    expect([answer.status, detailOf(answer).detail]).toEqual([
      415,
      expect.stringContaining('got "application/x-ndjson"'),
    ]);
  });

  it('does not matter to line protocol, as with InfluxDB', async () => {
    for (const value of ['', 'json', 'text/', form, 'application/json', 'application/x-ndjson', 'a/b; c'])
      expect([value, (await post(WRITE, LINE, type(value))).status]).toEqual([value, 204]);
    expect((await post(WRITE, LINE)).status).toBe(204);
  });

  it('with another charset is refused when the letters could be others than were meant', async () => {
    const body = READING.replace('"z"', '"größe"');
    for (const charset of ['latin1', '"gbk"', 'utf-16']) {
      const answer = await post(SINGLE, body, type(`application/json; charset=${charset}`));
      expect([answer.status, detailOf(answer)]).toEqual([
        400,
        expect.objectContaining({
          code: 'INVALID_JSON',
          detail: `The body must be in UTF-8; Content-Type says charset=${JSON.stringify(charset.replaceAll('"', ''))}`,
        }),
      ]);
    }
    expect((await post(SINGLE, body, type('text/plain; charset=UTF8'))).status).toBe(201);
    const utf16 = await post(SINGLE, Buffer.from(READING, 'utf16le'), type('text/plain; charset=utf-16'));
    expect(detailOf(utf16).detail).toContain('UTF-16');
  });
});

it('HTTP/1.0 devices may leave the Content-Type out, with a key', async () => {
  const protectedGateway = await Gateway.start({ ADMIN_KEY });
  const head = [`POST ${SINGLE} HTTP/1.0`, `X-API-Key: ${ADMIN_KEY}`, `Content-Length: ${READING.length}`];
  const connection = new RawConnection(protectedGateway.url).send(`${head.join('\r\n')}\r\n\r\n${READING}`);
  expect((await connection.ended())[0]?.status).toBe(201);
  await protectedGateway.stop();
});
