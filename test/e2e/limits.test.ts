import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const readings = (count: number): object[] => Array.from({ length: count }, () => READING);
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

describe('limits', () => {
  it('do not apply to valid requests by default, and no header mentions them', async () => {
    const gateway = await Gateway.start();
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => gateway.post('/api/ingest', READING)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(answers[0]?.headers.get('ratelimit')).toBeNull();
    await gateway.stop();
  });

  it('bound the readings of a key, by its own limit or the common one, and accept nothing beyond it', async () => {
    // So slow that nothing comes back while the test runs.
    const gateway = await Gateway.start({ ADMIN_KEY, LIMIT_KEY_READINGS: '100', LIMIT_KEY_REQUESTS: '1000' });
    gateway.key = ADMIN_KEY;
    const device = await makeKey(gateway, { name: 'd', role: 'device' });
    const slow = await makeKey(gateway, { name: 's', role: 'device', readingsPerSecond: 0.01 });
    const free = await makeKey(gateway, { name: 'f', role: 'device', readingsPerSecond: 0 });

    const first = await gateway.post('/api/ingest/batch', readings(5_000), bearer(device.key));
    expect([first.status, first.headers.get('ratelimit-policy')]).toEqual([
      200,
      '"key-readings";q=100;w=1, "key-requests";q=1000;w=1',
    ]);
    const second = await gateway.post('/api/ingest', READING, bearer(device.key));
    expect([second.status, await second.json()]).toEqual([
      429,
      expect.objectContaining({
        code: 'RATE_LIMITED',
        detail: `The key ${device.id} sent more than 100 readings a second`,
      }),
    ]);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(1);
    expect(second.headers.get('ratelimit')).toMatch(/^"key-readings";r=0;t=\d+, "key-requests";r=\d+;t=1$/);
    const write = await gateway.post(
      '/api/v2/write',
      'sensor_predictions,sensor_id=s,zone=z value=1',
      bearer(device.key),
    );
    expect([write.status, await write.json()]).toMatchObject([429, { code: 'too many requests' }]);

    expect((await gateway.post('/api/ingest', READING, bearer(slow.key))).status).toBe(201);
    const third = await gateway.post('/api/ingest', READING, bearer(slow.key));
    expect([third.status, Number(third.headers.get('retry-after')) > 90]).toEqual([429, true]);
    for (let count = 0; count < 3; count += 1)
      expect((await gateway.post('/api/ingest/batch', readings(5_000), bearer(free.key))).status).toBe(200);
    expect((await gateway.pipeline()).accepted).toBe(5_000 + 1 + 15_000);
    await gateway.stop();
  });

  it('bound the requests of a key, including streams and exports', async () => {
    const gateway = await Gateway.start({ ADMIN_KEY });
    gateway.key = ADMIN_KEY;
    const wanted = { name: 'r', role: 'reader', requestsPerSecond: 0.001 };
    for (const path of ['/api/stream', '/api/readings/s', '/api/latest', '/api/logs']) {
      const { key } = await makeKey(gateway, wanted);
      const leave = new AbortController();
      const init = { headers: { ...bearer(key), accept: '*/*' }, signal: leave.signal };
      expect((await gateway.get(path, init)).status).toBe(200);
      expect((await gateway.get(path, init)).status).toBe(429);
      leave.abort();
      // What is public is not counted.
      expect((await gateway.get('/api/health/ready', { headers: bearer(key) })).status).toBe(200);
    }
    await gateway.stop();
  });

  it('bound an IP address, taken from X-Forwarded-For only when a trusted proxy sent it', async () => {
    const variables = { AUTH: 'off', LIMIT_ADDRESS_REQUESTS: '0.001' };
    const direct = await Gateway.start(variables);
    const from = (gateway: Gateway, ip: string): Promise<Response> =>
      gateway.get('/api/latest', { headers: { 'x-forwarded-for': ip } });
    expect((await from(direct, '10.0.0.1')).status).toBe(200);
    expect((await from(direct, '10.0.0.2')).status).toBe(429);
    await direct.stop();

    const behind = await Gateway.start({ ...variables, TRUSTED_PROXIES: '127.0.0.0/8' });
    expect((await from(behind, '10.0.0.1')).status).toBe(200);
    expect((await from(behind, '10.0.0.2')).status).toBe(200);
    // The last one that is not a trusted proxy counts; a client may write anything before it.
    expect((await from(behind, '10.9.9.9, 10.0.0.2')).status).toBe(429);
    expect((await from(behind, '2001:db8::1')).status).toBe(200);
    expect((await from(behind, '2001:db8::2')).status).toBe(429);
    await behind.stop();
  });

  it('slow down clients that try keys, and no client with a valid key', async () => {
    const gateway = await Gateway.start({ ADMIN_KEY, LIMIT_WRONG_KEYS: '5' });
    const tries = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        gateway.get('/api/latest', { headers: bearer(`wrong${index}`) }),
      ),
    );
    const statuses = tries.map(({ status }) => status);
    expect([statuses.filter((status) => status === 401).length, new Set(statuses)]).toEqual([
      5,
      new Set([401, 429]),
    ]);
    const late = tries.find(({ status }) => status === 429);
    expect(Number(late?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await late?.json()).toMatchObject({ code: 'TOO_MANY_WRONG_KEYS' });
    expect((await gateway.get('/api/health/ready', { headers: bearer('wrong') })).status).toBe(200);
    gateway.key = ADMIN_KEY;
    expect((await gateway.get('/api/latest')).status).toBe(200);
    expect(await gateway.json('/api/logs?type=anomaly')).toEqual([
      expect.objectContaining({ message: 'Too many wrong keys from 127.0.0.1' }),
    ]);
    await gateway.stop();
  });
});
