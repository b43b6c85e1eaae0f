import fc from 'fast-check';

import { Gateway } from '../support/gateway.js';

const ROUTES = [
  ...['/api/ingest', '/api/ingest/batch', '/api/v2/write', '/api/rules', '/api/rules/try'],
  ...['/api/dead-letters/replay', '/api/keys', '/api/keys/key_0/rotate'],
];
const ADMIN_KEY = 'admin-of-the-fuzz-tests-0123456789';
const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };

describe('any bytes, sent to any route', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({ ADMIN_KEY });
  });
  afterAll(async () => {
    await gateway.stop();
  });

  it('never make the gateway fail, and a good reading is accepted right after', async () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .dictionary(
          fc.constantFrom('sensorId', 'zone', 'value', 'kind', 'rule', 'name', 'role', '__proto__'),
          fc.jsonValue(),
        )
        .map((object) => Buffer.from(JSON.stringify(object))),
    );
    const type = fc.constantFrom('application/json', 'application/x-ndjson', 'text/plain', 'a');
    const encoding = fc.constantFrom('identity', 'gzip');
    const authorization = `Bearer ${ADMIN_KEY}`;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ROUTES),
        body,
        type,
        encoding,
        async (path, bytes, contentType, how) => {
          const response = await gateway.get(path, {
            method: 'POST',
            headers: { authorization, 'content-type': contentType, 'content-encoding': how },
            body: bytes,
          });
          await response.arrayBuffer();
          expect(response.status).toBeLessThan(500);
          expect((await gateway.post('/api/ingest', READING, { authorization })).status).toBe(201);
        },
      ),
      { numRuns: 500 },
    );
  }, 120_000);
});
