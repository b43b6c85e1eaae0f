import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';

import type { Gateway } from '../support/gateway.js';

interface Latest {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number;
}

interface Sensor {
  readonly sensorId: string;
  readonly zone: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly readings: number;
  readonly status: string;
  readonly silentAfterMs: number;
  readonly intervalMs?: number;
  readonly delayMs?: number;
}

/** What is not learned in this run of the gateway. */
function withoutRhythm({ delayMs: _, ...rest }: Sensor): object {
  return rest;
}

/** The latest of all, and the list of sensors, which do not depend on where readings live. */
export function describeSensorsContract(
  start: (variables?: Record<string, string>) => Promise<Gateway>,
): void {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await start();
  });
  afterEach(async () => {
    await gateway.stop();
  });

  const send = async (sensorId: string, zone: string, value: number, more: object = {}): Promise<void> => {
    const response = await gateway.post('/api/ingest', { sensorId, zone, value, latencyMs: 1, ...more });
    expect([response.status, await response.text()]).toEqual([201, expect.any(String)]);
  };
  const latest = async (query = ''): Promise<Latest[]> =>
    (await gateway.json(`/api/latest${query}`)) as Latest[];
  const tagOf = async (query = '', headers: Record<string, string> = {}): Promise<string> => {
    const response = await gateway.get(`/api/latest${query}`, { headers });
    await response.text();
    return response.headers.get('etag') ?? '';
  };
  const sensors = async (query = ''): Promise<Sensor[]> =>
    (await gateway.json(`/api/sensors${query}`)) as Sensor[];

  it('returns the latest readings of all sensors, of a zone, or of some', async () => {
    expect(await latest()).toEqual([]);
    await send('b', 'hall', 1);
    await send('a', 'yard', 2);
    await send('c, d', 'hall', 3);
    await send('b', 'hall', 4);
    const ids = (readings: Latest[]): string[] => readings.map(({ sensorId }) => sensorId);
    expect(ids(await latest())).toEqual(['a', 'b', 'c, d']);
    expect((await latest())[1]).toEqual({
      sensorId: 'b',
      zone: 'hall',
      value: 4,
      latencyMs: 1,
      timestamp: expect.any(String),
      found: true,
    });
    expect(ids(await latest('?zone=hall'))).toEqual(['b', 'c, d']);
    expect(ids(await latest('?sensorId=b,a,nobody,b'))).toEqual(['b', 'a']);
    expect(ids(await latest('?sensorId=b&sensorId=a'))).toEqual(['b', 'a']);
    expect(ids(await latest('?zone=hall&sensorId=a,b'))).toEqual(['b']);
    expect(ids(await latest(`?sensorId=${encodeURIComponent('c\\, d')}`))).toEqual(['c, d']);
    expect(await latest('?zone=nowhere')).toEqual([]);
  });

  it.each([
    ['?zone=', 'zone'],
    ['?zone=a&zone=b', 'zone'],
    ['?sensorId=', 'sensorId'],
    ['?sensorId=a,,b', 'sensorId'],
    ['?sensorId=a%5Cb', 'sensorId'],
    ['?limit=5', 'limit'],
  ])('names the wrong parameter of /api/latest%s', async (query, path) => {
    const response = await gateway.get(`/api/latest${query}`);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({
        code: 'INVALID_PARAMETER',
        errors: [{ path, message: expect.stringContaining(path) }],
      }),
    ]);
  });

  it('answers 304 exactly while nothing within the filter has changed', async () => {
    const timestamp = '2026-01-30T12:00:00Z';
    await send('a', 'hall', 1, { timestamp });
    await send('b', 'yard', 1);
    await send('z', 'hall', 1);
    const queries = [
      '',
      '?zone=hall',
      '?zone=yard',
      '?sensorId=a',
      '?sensorId=a,b',
      '?sensorId=b',
      '?zone=x',
    ];
    const tagsOf = async (): Promise<string[]> => Promise.all(queries.map((query) => tagOf(query)));
    const changed = async (act: () => Promise<unknown>): Promise<string[]> => {
      const before = await tagsOf();
      for (const [index, query] of queries.entries()) {
        const headers = { 'if-none-match': `W/"other", ${before[index] ?? ''}` };
        const response = await gateway.get(`/api/latest${query}`, { headers });
        expect([query, response.status, await response.text()]).toEqual([query, 304, '']);
        expect(response.headers.get('etag')).toBe(before[index]);
      }
      await act();
      const after = await tagsOf();
      return queries.filter((_, index) => before[index] !== after[index]);
    };

    expect(new Set(await tagsOf()).size).toBe(queries.length);
    expect(await changed(() => send('a', 'hall', 1, { timestamp }))).toEqual([]);
    expect(await changed(() => send('a', 'hall', 1, { timestamp: '2020-01-01T00:00:00Z' }))).toEqual([]);
    expect(await changed(() => send('a', 'hall', 2, { timestamp }))).toEqual([
      '',
      '?zone=hall',
      '?sensorId=a',
      '?sensorId=a,b',
    ]);
    expect(await changed(() => send('c', 'yard', 1))).toEqual(['', '?zone=yard']);
    // Into another zone: it is missing in one and new in the other.
    expect(await changed(() => send('a', 'yard', 3))).toEqual([
      '',
      '?zone=hall',
      '?zone=yard',
      '?sensorId=a',
      '?sensorId=a,b',
    ]);
    expect(await changed(() => gateway.get('/api/sensors/b', { method: 'DELETE' }))).toEqual([
      '',
      '?zone=yard',
      '?sensorId=a,b',
      '?sensorId=b',
    ]);
    const response = await gateway.get('/api/latest');
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
  });

  it('gives each content encoding its own ETag', async () => {
    for (let index = 0; index < 50; index += 1) await send(`sensor ${index}`, 'hall', index);
    const ask = (encoding: string, etag = ''): Promise<{ status: number; etag: string; body: Buffer }> =>
      new Promise((resolve, reject) => {
        const headers = { 'accept-encoding': encoding, 'if-none-match': etag };
        request(`${gateway.url}/api/latest`, { headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            expect(response.headers['content-encoding'] ?? 'identity').toBe(encoding);
            expect(response.headers.vary).toContain('accept-encoding');
            const { statusCode: status = 0 } = response;
            resolve({ status, etag: response.headers.etag ?? '', body: Buffer.concat(chunks) });
          });
        })
          .on('error', reject)
          .end();
      });
    const plain = await ask('identity');
    const zipped = await ask('gzip');
    expect(gunzipSync(zipped.body)).toEqual(plain.body);
    expect(zipped.etag).not.toBe(plain.etag);
    expect((await ask('gzip', plain.etag)).status).toBe(200);
  });

  it('gives ETags that no other run of the gateway gives', async () => {
    await send('a', 'hall', 1);
    const before = await tagOf();
    await gateway.stop();
    gateway = await start({ DATA_DIR: gateway.dataDir });
    expect((await latest()).map(({ sensorId }) => sensorId)).toEqual(['a']);
    expect(await tagOf()).not.toBe(before);
  });

  it('lists sensors with their number of accepted readings, also after a restart and a kill', async () => {
    const beforeMs = Date.now();
    await send('a', 'hall', 1, { timestamp: '2020-01-01T00:00:00Z' });
    await send('a', 'hall', 2, { timestamp: '2020-01-01T00:00:01Z' });
    await send('a', 'yard', 3, { timestamp: '2019-01-01T00:00:00Z' });
    await send('b', 'yard', 1);
    const list = await sensors();
    expect(list).toEqual([
      expect.objectContaining({ sensorId: 'a', zone: 'hall', readings: 3, status: 'online' }),
      expect.objectContaining({ sensorId: 'b', zone: 'yard', readings: 1, status: 'online' }),
    ]);
    for (const { firstSeen, lastSeen } of list) {
      expect(Date.parse(firstSeen)).toBeGreaterThanOrEqual(beforeMs);
      expect(Date.parse(lastSeen)).toBeGreaterThanOrEqual(Date.parse(firstSeen));
    }
    expect((await sensors('?zone=yard')).map(({ sensorId }) => sensorId)).toEqual(['b']);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await gateway.stop(signal);
      gateway = await start({ DATA_DIR: gateway.dataDir });
      expect(await sensors()).toEqual(list.map(withoutRhythm));
    }
    await send('a', 'hall', 4);
    const [again] = await sensors();
    expect(again).toMatchObject({ readings: 4, firstSeen: list[0]?.firstSeen });
    expect(Date.parse(again?.lastSeen ?? '')).toBeGreaterThan(Date.parse(list[0]?.lastSeen ?? ''));
  });

  it('says how often a sensor measures, and how long its readings take until they are accepted', async () => {
    await gateway.stop();
    gateway = await start({ SENSOR_SILENT_AFTER: '7m' });
    const nowMs = Date.now();
    // One each 10 s that is two minutes late; a pause of ten minutes changes nothing.
    for (let index = 0; index < 8; index += 1) {
      const timestamp = nowMs - 120_000 - (index < 3 ? 600_000 : 0) + (index - 8) * 10_000;
      await send('regular', 'hall', 1, { timestamp });
      await send('given', 'hall', 1);
    }
    await send('new', 'hall', 1);
    const [given, fresh, regular] = await sensors();
    expect(regular).toMatchObject({ intervalMs: expect.any(Number), delayMs: expect.any(Number) });
    expect(regular?.intervalMs).toBeGreaterThan(9_000);
    expect(regular?.intervalMs).toBeLessThan(15_000);
    expect(regular?.delayMs).toBeGreaterThan(120_000);
    expect(given?.intervalMs).toBeLessThan(5_000);
    for (const one of [given, fresh]) expect(one).not.toHaveProperty('delayMs');
    expect(fresh).not.toHaveProperty('intervalMs');
    expect(fresh?.silentAfterMs).toBe(420_000);
  });

  it('pages through sensors in the order of their ids', async () => {
    const batch = Array.from({ length: 250 }, (_, index) => ({
      sensorId: `s ${(index * 7919) % 250}`,
      zone: index % 2 ? 'odd' : 'even',
      value: 1,
      latencyMs: 1,
    }));
    await gateway.post('/api/ingest/batch', batch);
    for (const [query, expected] of [
      ['', 250],
      ['&zone=odd', 125],
    ] as const) {
      const ids: string[] = [];
      for (let path: string | undefined = `/api/sensors?limit=20${query}`; path !== undefined;) {
        const response = await gateway.get(path);
        const page = (await response.json()) as Sensor[];
        expect(page.length).toBeLessThanOrEqual(20);
        ids.push(...page.map(({ sensorId }) => sensorId));
        [, path] = /<(.*)>; rel="next"/.exec(response.headers.get('link') ?? '') ?? [];
      }
      expect(ids).toHaveLength(expected);
      expect(ids).toEqual([...new Set(ids)].sort());
    }
    const wrong = await gateway.get('/api/sensors?cursor=x');
    expect([wrong.status, await wrong.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'INVALID_PARAMETER' }),
    ]);
  });

  it('forgets a sensor until its next reading, and keeps its history', async () => {
    const timestamp = '2026-01-30T12:00:00Z';
    await send('a', 'hall', 1, { timestamp });
    await send('b', 'hall', 1);
    await gateway.settled();
    const forget = async (sensorId: string): Promise<number> =>
      (await gateway.get(`/api/sensors/${sensorId}`, { method: 'DELETE' })).status;
    expect([await forget('a'), await forget('a'), await forget('nobody')]).toEqual([204, 404, 404]);
    const known = async (): Promise<unknown[]> => [
      (await latest()).map(({ sensorId }) => sensorId),
      (await sensors()).map(({ sensorId }) => sensorId),
      (await gateway.get('/api/latest/a')).status,
    ];
    expect(await known()).toEqual([['b'], ['b'], 404]);
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await gateway.stop(signal);
      gateway = await start({ DATA_DIR: gateway.dataDir });
      expect(await known()).toEqual([['b'], ['b'], 404]);
    }
    const history = '/api/readings/a?from=2026-01-30T00:00:00Z&to=2026-01-31T00:00:00Z';
    expect(await gateway.json(history)).toHaveLength(1);
    await send('a', 'yard', 2, { timestamp: '2026-01-30T11:00:00Z' });
    expect(await known()).toEqual([['a', 'b'], ['a', 'b'], 200]);
    expect((await sensors())[0]).toMatchObject({ zone: 'yard', readings: 1 });
    await gateway.stop('SIGKILL');
    gateway = await start({ DATA_DIR: gateway.dataDir });
    expect(await latest('?sensorId=a')).toEqual([expect.objectContaining({ value: 2, zone: 'yard' })]);
    await gateway.settled();
    expect(await gateway.json(history)).toHaveLength(2);
  });

  it('calls a sensor silent when no reading was accepted for SENSOR_SILENT_AFTER', async () => {
    await gateway.stop();
    gateway = await start({ SENSOR_SILENT_AFTER: '1s' });
    await send('a', 'hall', 1, { timestamp: '2020-01-01T00:00:00Z' });
    expect((await sensors())[0]?.status).toBe('online');
    const [{ lastSeen } = { lastSeen: '' }] = await sensors();
    for (;;) {
      const status = (await sensors())[0]?.status;
      const ageMs = Date.now() - Date.parse(lastSeen);
      if (status === 'silent') {
        expect(ageMs).toBeGreaterThanOrEqual(1_000);
        break;
      }
      expect(ageMs).toBeLessThan(2_000);
    }
    await send('a', 'hall', 1);
    expect((await sensors())[0]?.status).toBe('online');
  });

  it('refuses readings of sensors beyond MAX_SENSORS, and accepts the others', async () => {
    await gateway.stop();
    gateway = await start({ MAX_SENSORS: '2' });
    const reading = (sensorId: string): object => ({ sensorId, zone: 'z', value: 1, latencyMs: 1 });
    const batch = await gateway.post('/api/ingest/batch', ['a', 'b', 'c', 'a'].map(reading));
    expect([batch.status, await batch.json()]).toEqual([
      200,
      {
        success: true,
        accepted: 3,
        refused: 1,
        errors: [
          {
            index: 2,
            path: 'sensorId',
            code: 'TOO_MANY_SENSORS',
            message: expect.stringContaining('got "c"'),
          },
        ],
      },
    ]);
    const single = await gateway.post('/api/ingest', reading('d'));
    expect([single.status, await single.json()]).toEqual([
      422,
      expect.objectContaining({ code: 'TOO_MANY_SENSORS' }),
    ]);
    const lines =
      'sensor_predictions,sensor_id=a,zone=z value=1\nsensor_predictions,sensor_id=e,zone=z value=1';
    const write = await gateway.get('/api/v2/write', { method: 'POST', body: lines });
    expect(write.status).toBe(422);
    expect(await gateway.pipeline()).toMatchObject({ accepted: 4, refused: { TOO_MANY_SENSORS: 3 } });
    await gateway.get('/api/sensors/a', { method: 'DELETE' });
    // Many at once: those that are on their way count.
    const rush = await Promise.all(
      Array.from({ length: 20 }, (_, index) => gateway.post('/api/ingest', reading(`rush ${index % 10}`))),
    );
    const statuses = rush.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(2);
    expect(await sensors()).toHaveLength(2);
  });
}
