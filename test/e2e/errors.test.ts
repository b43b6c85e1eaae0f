import { connect } from 'node:net';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { Gateway } from '../support/gateway.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const LONG = 'x'.repeat(300);

describe('a gateway that gets wrong requests', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({ BODY_MAX_BYTES: '4096' });
  });
  afterAll(async () => {
    await gateway.stop();
  });

  const post = (body: unknown, headers?: Record<string, string>): (() => Promise<Response>) => {
    return () => gateway.post('/api/ingest', body, headers);
  };
  const get = (path: string): (() => Promise<Response>) => {
    return () => gateway.get(path);
  };
  const call = (method: string, path: string, init: RequestInit = {}): (() => Promise<Response>) => {
    return () => gateway.get(path, { method, ...init });
  };

  it.each<[string, () => Promise<Response>, number, string, string[]]>([
    ['a wrong type', post({ ...READING, value: 'hot' }), 400, 'INVALID_READING', ['value']],
    ['a number as text', post({ ...READING, latencyMs: '1' }), 400, 'INVALID_READING', ['latencyMs']],
    ['null for a number', post({ ...READING, value: null }), 400, 'INVALID_READING', ['value']],
    ['missing fields', post({ sensorId: 's' }), 400, 'INVALID_READING', ['zone', 'value', 'latencyMs']],
    ['an extra field', post({ ...READING, unit: 'K' }), 400, 'INVALID_READING', ['unit']],
    [
      'a field called constructor',
      post({ ...READING, constructor: 1 }),
      400,
      'INVALID_READING',
      ['constructor'],
    ],
    [
      'a field called __proto__',
      post(`{"__proto__":{},"sensorId":"s","zone":"z","value":1,"latencyMs":1}`),
      400,
      'INVALID_READING',
      ['__proto__'],
    ],
    [
      '1e999',
      post('{"sensorId":"s","zone":"z","value":1e999,"latencyMs":1}'),
      400,
      'INVALID_READING',
      ['value'],
    ],
    ['NaN', post('{"sensorId":"s","zone":"z","value":NaN,"latencyMs":1}'), 400, 'INVALID_JSON', []],
    ['an array', post('[]'), 400, 'INVALID_READING', []],
    ['null', post('null'), 400, 'INVALID_READING', []],
    ['no timestamp at all', post({ ...READING, timestamp: null }), 400, 'INVALID_READING', ['timestamp']],
    [
      'a day that does not exist',
      post({ ...READING, timestamp: '2026-02-30T00:00:00Z' }),
      400,
      'INVALID_READING',
      ['timestamp'],
    ],
    ['a 300-character id', post({ ...READING, sensorId: LONG }), 400, 'INVALID_READING', ['sensorId']],
    ['an empty id', post({ ...READING, sensorId: '' }), 400, 'INVALID_READING', ['sensorId']],
    ['a newline in an id', post({ ...READING, zone: 'a\nb' }), 400, 'INVALID_READING', ['zone']],
    ['a backslash in an id', post({ ...READING, zone: 'a\\b' }), 400, 'INVALID_READING', ['zone']],
    ['half a character in an id', post({ ...READING, zone: 'a\ud83c' }), 400, 'INVALID_READING', ['zone']],
    ['broken JSON', post('{"sensorId":'), 400, 'INVALID_JSON', []],
    ['an empty body', post(''), 400, 'INVALID_JSON', []],
    ['no body at all', call('POST', '/api/ingest'), 400, 'INVALID_READING', []],
    [
      'a body that is not UTF-8',
      call('POST', '/api/ingest', {
        body: Buffer.from([0x22, 0xff, 0x22]),
        headers: { 'content-type': 'application/json' },
      }),
      400,
      'INVALID_JSON',
      [],
    ],
    ['a body that is too large', post('x'.repeat(4097)), 413, 'BODY_TOO_LARGE', []],
    ['text that is not JSON', post('hello', { 'content-type': 'text/plain' }), 400, 'INVALID_JSON', []],
    ['XML', post('<a/>', { 'content-type': 'text/xml' }), 415, 'UNSUPPORTED_MEDIA_TYPE', []],
    [
      'a form',
      post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      [],
    ],
    ['no known content type', post('{}', { 'content-type': 'json' }), 415, 'UNSUPPORTED_MEDIA_TYPE', []],
    ['an unknown route', get('/api/nope'), 404, 'ROUTE_NOT_FOUND', []],
    ['an unknown route with a body', call('POST', '/nope', { body: 'x' }), 404, 'ROUTE_NOT_FOUND', []],
    ['a wrong method', call('DELETE', '/api/ingest'), 405, 'METHOD_NOT_ALLOWED', []],
    [
      'a wrong method with a body',
      call('POST', '/api/latest/s', { body: 'x' }),
      405,
      'METHOD_NOT_ALLOWED',
      [],
    ],
    ['a 300-character id to read', get(`/api/latest/${LONG}`), 400, 'INVALID_PARAMETER', ['sensorId']],
    ['a newline in an id to read', get('/api/latest/a%0Ab'), 400, 'INVALID_PARAMETER', ['sensorId']],
    ['a backslash in an id to read', get('/api/readings/a%5Cb'), 400, 'INVALID_PARAMETER', ['sensorId']],
    ['a URL that is not percent-encoded', get('/api/latest/%zz'), 400, 'MALFORMED_REQUEST', []],
    ['a limit of 0', get('/api/readings/s?limit=0'), 400, 'INVALID_PARAMETER', ['limit']],
    ['a limit of 10001', get('/api/readings/s?limit=10001'), 400, 'INVALID_PARAMETER', ['limit']],
    ['two limits', get('/api/readings/s?limit=1&limit=2'), 400, 'INVALID_PARAMETER', ['limit']],
    ['a time that is none', get('/api/readings/s?from=yesterday'), 400, 'INVALID_PARAMETER', ['from']],
    ['from after to', get('/api/readings/s?from=2&to=1'), 400, 'INVALID_PARAMETER', ['from']],
    ['a cursor that is none', get('/api/readings/s?cursor=abc'), 400, 'INVALID_PARAMETER', ['cursor']],
    [
      'a cursor of another collection',
      get(`/api/logs?cursor=${Buffer.from('[1,"z"]').toString('base64url')}`),
      400,
      'INVALID_PARAMETER',
      ['cursor'],
    ],
    ['an unknown parameter', get('/api/logs?form=1'), 400, 'INVALID_PARAMETER', ['form']],
  ])('answers %s in the common error format', async (_name, send, status, code, paths) => {
    const response = await send();
    const body = (await response.json()) as { detail: string; errors: { path: string; message: string }[] };
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toEqual({
      success: false,
      error: expect.any(String),
      code,
      detail: expect.stringMatching(/./),
      errors: paths.map((path) => ({ path, message: expect.stringContaining(path) })),
    });
    for (const { message } of body.errors) expect(body.detail).toContain(message);
  });

  it('names the value and what would be right', async () => {
    const response = await gateway.post('/api/ingest', { ...READING, value: 'hot' });
    expect(await response.json()).toMatchObject({ detail: 'value must be a finite number, got "hot"' });
  });

  it('lists in Allow the methods of a route', async () => {
    expect((await gateway.get('/api/ingest')).headers.get('allow')).toBe('POST');
  });

  it.each([
    ['GET', '/api/rules/try'],
    ['DELETE', '/api/rules/try'],
    ['DELETE', '/api/dead-letters/replay?x=1'],
  ])('does not take a path for a parameter: %s %s', async (method, path) => {
    const response = await gateway.get(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('accepts a DELETE with a Content-Type and no body', async () => {
    const init = { method: 'DELETE', headers: { 'content-type': 'application/json' } };
    expect((await gateway.get('/api/rules/unknown', init)).status).toBe(404);
  });

  it.each(['sensorId', 'zone'])(
    'refuses a new %s with invisible characters, and shows them',
    async (field) => {
      const reading = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1, [field]: 'pump\u202e1' };
      const message = expect.stringContaining(String.raw`without invisible characters, got "pump\u202e1"`);
      const single = await gateway.post('/api/ingest', reading);
      expect([single.status, await single.json()]).toEqual([
        400,
        expect.objectContaining({ code: 'INVALID_READING', errors: [{ path: field, message }] }),
      ]);
      const batch = await gateway.post('/api/ingest/batch', [reading]);
      expect(await batch.json()).toMatchObject({
        accepted: 0,
        errors: [{ path: field, code: 'INVALID_READING' }],
      });
      const line = `sensor_predictions,sensor_id=${reading.sensorId},zone=${reading.zone} value=1`;
      const write = await gateway.post('/api/v2/write', line);
      expect([write.status, await write.text()]).toEqual([422, expect.stringContaining('invisible')]);
      // What was stored before can still be asked for.
      expect((await gateway.get(`/api/latest/${encodeURIComponent('pump\u202e1')}`)).status).toBe(404);
    },
  );

  it('still accepts readings of a sensor and a zone that were known before such characters were refused', async () => {
    const first = await Gateway.start();
    await first.post('/api/ingest', READING);
    await first.settled();
    await first.stop();
    const state = new Database(join(first.dataDir, 'state.db'));
    state.prepare("UPDATE sensors SET sensor_id = 's\u200b', zone = 'z\u2060'").run();
    state.close();
    const second = await Gateway.start({ DATA_DIR: first.dataDir });
    const known = { ...READING, sensorId: 's\u200b', zone: 'z\u2060' };
    expect((await second.post('/api/ingest', known)).status).toBe(201);
    expect((await second.post('/api/ingest', { ...READING, zone: 'z\u2060' })).status).toBe(201);
    expect((await second.post('/api/ingest', { ...known, sensorId: 'n\u200b' })).status).toBe(400);
    expect((await second.post('/api/ingest', { ...known, zone: 'n\u2060' })).status).toBe(400);
    await second.stop();
  });

  it.each([
    ['/api/rules', { kind: 'above', threshold: 1, name: 'hot\u200b' }],
    ['/api/keys', { role: 'reader', name: 'screen\u2066' }],
  ])('refuses a name with invisible characters at %s', async (path, body) => {
    const response = await gateway.post(path, body);
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('invisible')]);
  });

  it('survives a body of 10 MiB', async () => {
    const response = await gateway.post('/api/ingest', 'x'.repeat(10 * 1024 * 1024)).catch(() => undefined);
    // A client that is still sending may see the connection end before it reads the answer.
    if (response) expect(response.status).toBe(413);
    expect(await gateway.json('/api/health')).toEqual({ status: 'ok' });
  });

  it.each([
    ['no HTTP', 'HELLO\r\n\r\n', 400, 'MALFORMED_REQUEST'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
  ])('answers %s in the common error format, too', async (_name, bytes, status, code) => {
    const text = await sendRaw(gateway, bytes);
    const [head = '', body = ''] = text.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(body)).toEqual({
      success: false,
      error: expect.any(String),
      code,
      detail: expect.any(String),
      errors: [],
    });
  });

  it('answers 503, and not an error of the client, when the disk cannot be used', async () => {
    const holder = new Database(join(gateway.dataDir, 'state.db'));
    try {
      holder.exec('BEGIN IMMEDIATE');
      const response = await gateway.post('/api/ingest', READING, { 'idempotency-key': 'k' });
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await response.json()).toMatchObject({
        code: 'JOURNAL_UNAVAILABLE',
        detail: expect.stringContaining('SQLITE_BUSY') as string,
      });
    } finally {
      holder.close();
    }
  });

  it('has stored nothing of all that', async () => {
    const everything = '?from=-9007199254740&to=9007199254740';
    expect(await gateway.json(`/api/readings/s${everything}`)).toEqual([]);
  });
});

function sendRaw(gateway: Gateway, bytes: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    connect(Number(port), hostname)
      .setEncoding('utf8')
      .on('data', (text: string) => (answer += text))
      .on('close', () => {
        resolve(answer);
      })
      .on('error', reject)
      .end(bytes);
  });
}
