import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

const READING = { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 };
const BODIES: Readonly<Record<string, string>> = {
  'POST /api/ingest': JSON.stringify(READING),
  'POST /api/ingest/batch': JSON.stringify([READING]),
  'POST /api/v2/write': 'sensor_predictions,sensor_id=s,zone=z value=1',
  'POST /write': 'sensor_predictions,sensor_id=s,zone=z value=1',
};
const QUERIES: Readonly<Record<string, string>> = {
  '/api/drain': '?waitSeconds=0',
  '/write': '?db=x',
  '/query': '?q=SHOW+DATABASES',
};
const ROLES = ['no key', 'device', 'reader', 'admin'] as const;
type Role = (typeof ROLES)[number];

interface Route {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** What is answered to each: 401, 403, or yes. */
  readonly expected: Readonly<Record<Role, string>>;
}

/** The table in docs/security.md. */
const routes = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8')
  .split('\n')
  .flatMap((line): Route[] => {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, method = '', path = ''] = /^(GET|POST|PUT|DELETE) (\S+)$/.exec(cells[1] ?? '') ?? [];
    if (path === '') return [];
    const expected = Object.fromEntries(ROLES.map((role, index) => [role, cells[index + 2] ?? '']));
    return [{ name: `${method} ${path}`, method, path, expected: expected as Route['expected'] }];
  });

describe('each route', () => {
  let gateway: Gateway;
  const keys: Record<string, string> = {};

  beforeAll(async () => {
    gateway = await Gateway.start({ ADMIN_KEY, LIMIT_WRONG_KEYS: '0' });
    gateway.key = ADMIN_KEY;
    for (const role of ['device', 'reader', 'admin'] as const)
      keys[role] = (await makeKey(gateway, { name: role, role })).key;
    keys.bound = (await makeKey(gateway, { name: 'bound', role: 'device', sensors: ['t*'] })).key;
    keys.boundToZone = (await makeKey(gateway, { name: 'bound', role: 'device', zones: ['y'] })).key;

    const revoked = await makeKey(gateway, { name: 'revoked', role: 'admin' });
    await gateway.get(`/api/keys/${revoked.id}`, { method: 'DELETE' });
    const rotated = await makeKey(gateway, { name: 'rotated', role: 'admin' });
    const renewed = await gateway.post(`/api/keys/${rotated.id}/rotate`, { graceSeconds: 0 });
    const graced = await makeKey(gateway, { name: 'graced', role: 'admin' });
    await gateway.post(`/api/keys/${graced.id}/rotate`, { graceSeconds: 3_600 });
    const expired = { name: 'expired', role: 'admin', expiresAt: '2026-01-30T12:00:00Z' };
    Object.assign(keys, {
      revoked: revoked.key,
      rotated: rotated.key,
      expired: (await makeKey(gateway, expired)).key,
      unknown: 'pxk_of_some_other_gateway',
      renewed: ((await renewed.json()) as { key: string }).key,
      graced: graced.key,
    });
  });
  afterAll(async () => {
    await gateway.stop();
  });

  /** @returns the status, and the code of an error */
  const ask = async ({ name, method, path }: Route, key?: string): Promise<[number, string]> => {
    const leave = new AbortController();
    const body = BODIES[name] ?? (method === 'POST' || method === 'PUT' ? '{}' : undefined);
    const response = await fetch(gateway.url + path.replace(/\{\w+\}/g, 'unknown') + (QUERIES[path] ?? ''), {
      method,
      signal: leave.signal,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      ...(body !== undefined && { body }),
    });
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const { code = '' } = isJson && !response.ok ? ((await response.json()) as { code?: string }) : {};
    leave.abort();
    return [response.status, code];
  };
  const isLetThrough = ([status]: [number, string]): boolean => status !== 401 && status !== 403;
  const isPublic = (route: Route): boolean => route.expected['no key'] === 'yes';
  /** Clients of InfluxDB 2 get its own codes; those of InfluxDB 1 get none. */
  const codeOf = ({ path }: Route, code: string, influxCode: string): string => {
    if (path === '/write' || path === '/query') return '';
    return path.startsWith('/api/v2/') ? influxCode : code;
  };

  it('is in the table of docs/security.md, which has no others', async () => {
    const { paths } = (await gateway.json('/api/openapi.json')) as { paths: Record<string, object> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const files = ['GET /assets/{file}', 'GET /api/docs', 'GET /api/openapi.json'];
    expect(routes.map(({ name }) => name).sort()).toEqual([...described, ...files].sort());
  });

  describe.each(routes)('$name', (route) => {
    it.each(ROLES)('is answered as the table says: %s', async (role) => {
      const [status, code] = await ask(route, keys[role]);
      expect(isLetThrough([status, code]) ? 'yes' : String(status)).toBe(route.expected[role]);
      if (status === 401) expect(code).toBe(codeOf(route, 'KEY_REQUIRED', 'unauthorized'));
      if (status === 403) expect(code).toBe(codeOf(route, 'ROLE_NOT_ALLOWED', 'forbidden'));
    });

    it.each(['unknown', 'revoked', 'expired', 'rotated'])(
      'treats a key that is %s as no key',
      async (kind) => {
        const answer = await ask(route, keys[kind]);
        if (isPublic(route)) expect(isLetThrough(answer)).toBe(true);
        else expect(answer).toEqual([401, codeOf(route, 'KEY_INVALID', 'unauthorized')]);
      },
    );

    it.each(['renewed', 'graced'])('accepts the secret of a rotated key: %s', async (kind) => {
      expect(isLetThrough(await ask(route, keys[kind]))).toBe(true);
    });

    it.each(['bound', 'boundToZone'])(
      'refuses readings of other sensors from a key that is %s',
      async (kind) => {
        const answer = await ask(route, keys[kind]);
        if (!(route.name in BODIES)) expect(answer).toEqual(await ask(route, keys.device));
        // A batch says what is wrong with each record instead of one code.
        else if (route.path.endsWith('/batch')) expect(answer).toEqual([403, '']);
        // Points of line protocol are dropped alone.
        else if (route.path === '/api/v2/write') expect(answer).toEqual([422, 'unprocessable entity']);
        else if (route.path === '/write') expect(answer).toEqual([400, '']);
        else expect(answer).toEqual([403, 'SENSOR_NOT_ALLOWED']);
      },
    );
  });
});
