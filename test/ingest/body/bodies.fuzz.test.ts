import { gzipSync } from 'node:zlib';

import fastify, { type FastifyInstance } from 'fastify';
import fc from 'fast-check';

import { GatewayError } from '../../../src/common/errors/gateway-error.js';
import { readBatch } from '../../../src/ingest/body/batch-body.js';
import { checkReading } from '../../../src/ingest/check-reading.js';
import { SentTimes } from '../../../src/ingest/sent-times.js';
import { registerBodyParsers } from '../../../src/ingest/body/body-parsers.js';
import { isIdentifier } from '../../../src/model/identifier.js';
import { PRECISIONS } from '../../../src/model/precision.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const field = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('s', 1, '2026-01-30T14:18:38Z', '1769782718', undefined),
);
const nearlyReading = fc.record(
  { sensorId: field, zone: field, value: field, latencyMs: field, timestamp: field, other: field },
  { requiredKeys: [] },
);
const record = fc.oneof(fc.jsonValue(), nearlyReading, fc.constant(READING));

describe('records of a batch, whatever they are', () => {
  it('each become a reading that can be stored, or an error that names the field', () => {
    fc.assert(
      fc.property(record, fc.constantFrom(...PRECISIONS), (input, precision) => {
        const checked = checkReading(input, new SentTimes(precision));
        if ('sensorId' in checked) {
          expect([checked.sensorId, checked.zone].every(isIdentifier)).toBe(true);
          expect([checked.value, checked.latencyMs ?? 0].every(Number.isFinite)).toBe(true);
          expect(Number.isSafeInteger(checked.timestampUs ?? 0)).toBe(true);
        } else {
          expect(checked.length).toBeGreaterThan(0);
          for (const { message } of checked) expect(message).not.toBe('');
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('are accepted only in an array that is neither empty nor too long', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(record, { maxLength: 6 })), (body) => {
        const isBatch = Array.isArray(body) && body.length > 0 && body.length <= 4;
        const options = { sentTimes: new SentTimes('ms'), maxRecords: 4 };
        if (isBatch) expect(readBatch(body, options)).toBe(body);
        else expect(() => readBatch(body, options)).toThrow(GatewayError);
      }),
    );
  });
});

describe('bodies of any bytes', () => {
  let server: FastifyInstance;
  let url: string;

  beforeAll(async () => {
    server = fastify({ bodyLimit: 4_096 });
    registerBodyParsers(server);
    server.setErrorHandler((error: Partial<GatewayError> & { statusCode?: number }, _request, reply) => {
      void reply.status(error.status ?? error.statusCode ?? 500).send({ code: error.code });
    });
    for (const path of ['/api/ingest', '/api/ingest/batch', '/api/v2/write'])
      server.post(path, ({ body }) => ({ body: body ?? null }));
    url = await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => server.close());

  const send = (path: string, body: Uint8Array, headers: Record<string, string>): Promise<Response> =>
    fetch(`${url}${path}`, { method: 'POST', body: Buffer.from(body), headers });

  it('are read, or refused with an error code', async () => {
    const path = fc.constantFrom('/api/ingest', '/api/ingest/batch', '/api/v2/write');
    const type = fc.constantFrom(
      'application/json',
      'application/x-ndjson',
      'text/plain',
      'x',
      'a/b; charset=utf-7',
    );
    const encoding = fc.constantFrom('identity', 'gzip', 'br', '');
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.json().map((text) => gzipSync(text)),
    );
    await fc.assert(
      fc.asyncProperty(path, type, encoding, body, async (to, contentType, contentEncoding, bytes) => {
        const headers = { 'content-type': contentType, 'content-encoding': contentEncoding };
        const response = await send(to, bytes, headers);
        expect([200, 400, 413, 415]).toContain(response.status);
        const answer = (await response.json()) as { code?: string };
        if (response.status !== 200) expect(answer.code).toMatch(/^[A-Z_]+$/);
      }),
      { numRuns: 600 },
    );
  });

  it('in JSON are the same with a mark, what devices append, and the types that devices send', async () => {
    const type = fc.constantFrom<Record<string, string>>(
      {},
      { 'content-type': 'text/plain' },
      { 'content-type': 'text/plain; charset=UTF-8' },
      { 'content-type': 'application/json' },
    );
    const padding = fc.string({ unit: fc.constantFrom('\0', '\x1a', ' ', '\r', '\n'), maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(
        fc.json(),
        type,
        fc.constantFrom('', '\ufeff'),
        padding,
        async (json, headers, mark, end) => {
          for (const bytes of [Buffer.from(mark + json + end), gzipSync(mark + json + end)]) {
            const coding: Record<string, string> = bytes[0] === 0x1f ? { 'content-encoding': 'x-gzip' } : {};
            const response = await send('/api/ingest', bytes, { ...headers, ...coding });
            expect([response.status, await response.json()]).toEqual([
              200,
              { body: JSON.parse(json) as unknown },
            ]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are 400 when gzip is broken at any byte, or cut off after any', async () => {
    const whole = gzipSync(JSON.stringify([READING, { ...READING, value: 'hot' }]));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    for (let at = 0; at < whole.length; at += 1) {
      const broken = Buffer.from(whole);
      broken[at] = (broken[at] ?? 0) ^ 0x55;
      const damaged = await send('/api/ingest/batch', broken, headers);
      // Time, operating system and flags in gzip's header say nothing of what is in it.
      const saysNothing = at >= 3 && at < 10;
      expect([at, saysNothing && damaged.status === 200 ? 400 : damaged.status]).toEqual([at, 400]);
      const cut = await send('/api/ingest/batch', whole.subarray(0, at), headers);
      expect([at, cut.status]).toEqual([at, 400]);
    }
  });

  it('in NDJSON have one record per line, whatever the other lines are', async () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 20 })
      .map((one) => one.replace(/\p{Surrogate}/gu, '').replaceAll('\n', ''));
    const part = fc.constantFrom(
      ...['{"a":1}', '{"a":1},{"a":2}', '{"a":[{}', '{}]}', '{"a":{}', '{"a":{', '{"a":"x', '{x"}', '{}}'],
      ...['"a":1}', '{"a":1', '[1]', '1', '', ' ', ' {"a":"["}\r', '{"__proto__":1}', '{"a":1,"a":2}'],
    );
    const line = fc.oneof(
      { weight: 1, arbitrary: text },
      { weight: 4, arbitrary: part },
      { weight: 8, arbitrary: fc.constant('{"a":1}') },
    );
    const recordOf = (one: string): unknown => {
      try {
        return JSON.parse(one);
      } catch {
        return { message: expect.stringMatching(/^The line is not valid JSON/) };
      }
    };
    // As many values as lines, were they read as one list.
    const two = '{"a":1},{"a":2}';
    const together = [
      ['{"a":[{}', '{}]}', two],
      ['{"a":1', '"b":2}', two],
      ['{"a":"{', '{"}', two],
      ['{"a":{}', '"b":{}}', two],
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        const response = await send('/api/ingest/batch', Buffer.from(lines.join('\n')), {
          'content-type': 'application/x-ndjson',
        });
        const { body } = (await response.json()) as { body: unknown[] };
        expect(body).toEqual(lines.filter((one) => one.trim() !== '').map(recordOf));
      }),
      { numRuns: 1_000, examples: together.map((lines) => [lines]) },
    );
  });
});
