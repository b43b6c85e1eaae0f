import type { Gateway } from '../support/gateway.js';

interface StoredReading {
  readonly sensorId: string;
  readonly zone: string;
  readonly value: number;
  readonly latencyMs: number;
  readonly timestamp: string;
}

const READING = { sensorId: 'sensor_001', zone: 'zone_A', value: 42.5, latencyMs: 12.3 };
const NOON = '2026-01-30T12:00:00Z';
let sensors = 0;

/** The readings' part of the HTTP contract, which does not depend on where readings live. */
export function describeHttpContract(start: () => Promise<Gateway>): void {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(async () => {
    await gateway.stop();
  });

  const newSensor = (): string => `sensor-${(sensors += 1)}`;
  const ingest = async (reading: object): Promise<void> => {
    const response = await gateway.post('/api/ingest', { ...READING, ...reading });
    expect([response.status, await response.text()]).toEqual([201, expect.any(String)]);
  };

  /** Follows the Link headers to the last page. */
  const readAll = async (path: string): Promise<StoredReading[][]> => {
    await gateway.settled();
    const pages: StoredReading[][] = [];
    for (let next: string | undefined = path; next !== undefined;) {
      const response = await gateway.get(next);
      expect(response.status).toBe(200);
      pages.push((await response.json()) as StoredReading[]);
      [, next] = /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '') ?? [];
    }
    return pages;
  };

  it('accepts a reading, and says which and when', async () => {
    const before = Date.now();
    const response = await gateway.post('/api/ingest', READING);
    const answer = (await response.json()) as { timestamp: string };
    expect(response.status).toBe(201);
    expect(answer).toEqual({
      success: true,
      message: 'Data ingested successfully',
      sensorId: 'sensor_001',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/),
    });
    expect(Date.parse(answer.timestamp)).toBeGreaterThanOrEqual(before - 5);
    expect(Date.parse(answer.timestamp)).toBeLessThanOrEqual(Date.now() + 5);
    expect(await gateway.json('/api/latest/sensor_001')).toEqual({
      ...READING,
      timestamp: answer.timestamp,
      found: true,
    });
  });

  it.each([
    ['2026-01-30T14:18:38.123456Z', '2026-01-30T14:18:38.123456Z'],
    ['2026-01-30T15:18:38.5+01:00', '2026-01-30T14:18:38.5Z'],
    [1_769_782_718_123, '2026-01-30T14:18:38.123Z'],
    ['2026-01-30T15:18:38.5+0100', '2026-01-30T14:18:38.5Z'],
    ['2026-01-30T15:18+01', '2026-01-30T14:18:00Z'],
    ['2026-01-30T14:18Z', '2026-01-30T14:18:00Z'],
  ])('keeps the timestamp %j that the device sent', async (timestamp, kept) => {
    const sensorId = newSensor();
    const response = await gateway.post('/api/ingest', { ...READING, sensorId, timestamp });
    expect(await response.json()).toMatchObject({ sensorId, timestamp: kept });
    expect(await gateway.json(`/api/latest/${sensorId}`)).toEqual({
      ...READING,
      sensorId,
      timestamp: kept,
      found: true,
    });
  });

  it('gives concurrent readings without a timestamp different timestamps', async () => {
    const sensorId = newSensor();
    const from = new Date(Date.now() - 60_000).toISOString();
    await Promise.all(Array.from({ length: 200 }, (_, value) => ingest({ sensorId, value })));
    const to = new Date(Date.now() + 60_000).toISOString();
    const readings = (await readAll(`/api/readings/${sensorId}?from=${from}&to=${to}`)).flat();
    expect(readings.map(({ value }) => value).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    );
  });

  it('answers 404 for a sensor it does not know', async () => {
    const response = await gateway.get('/api/latest/unknown%20sensor');
    expect([response.status, await response.json()]).toEqual([
      404,
      { sensorId: 'unknown sensor', found: false },
    ]);
  });

  it('returns the newest by timestamp as latest, not the last to arrive', async () => {
    const sensorId = newSensor();
    await ingest({ sensorId, value: 2, timestamp: '2026-01-30T12:00:02Z' });
    await ingest({ sensorId, value: 1, timestamp: '2026-01-30T12:00:01Z' });
    expect(await gateway.json(`/api/latest/${sensorId}`)).toMatchObject({
      value: 2,
      timestamp: '2026-01-30T12:00:02Z',
    });
  });

  it('keeps one reading of those with the same sensor, zone and timestamp: the last', async () => {
    const sensorId = newSensor();
    for (const value of [1, 2, 3]) await ingest({ sensorId, value, timestamp: NOON });
    const [page] = await readAll(`/api/readings/${sensorId}?from=${NOON}&to=2026-01-30T12:00:01Z`);
    expect(page).toEqual([{ ...READING, sensorId, value: 3, timestamp: NOON }]);
  });

  it('pages through readings in time order, losing and repeating nothing', async () => {
    const sensorId = newSensor();
    const times = Array.from({ length: 25 }, (_, second) =>
      new Date(Date.parse(NOON) + second * 1000).toISOString(),
    );
    await Promise.all(times.toReversed().map((timestamp, value) => ingest({ sensorId, value, timestamp })));
    const pages = await readAll(`/api/readings/${sensorId}?from=${NOON}&to=2026-01-30T13:00:00Z&limit=10`);
    expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(pages.flat().map(({ timestamp }) => Date.parse(timestamp))).toEqual(
      times.map((time) => Date.parse(time)),
    );
  });

  it('gives no Link when a page ends exactly with the range', async () => {
    const sensorId = newSensor();
    for (const second of [0, 1]) await ingest({ sensorId, timestamp: `2026-01-30T12:00:0${second}Z` });
    const pages = await readAll(`/api/readings/${sensorId}?from=${NOON}&to=2026-01-30T12:00:02Z&limit=2`);
    expect(pages.map((page) => page.length)).toEqual([2]);
  });

  it('accepts from and to as epoch milliseconds, from inclusive and to exclusive', async () => {
    const sensorId = newSensor();
    for (const second of [0, 1, 2])
      await ingest({ sensorId, value: second, timestamp: `2026-01-30T12:00:0${second}Z` });
    const noon = Date.parse(NOON);
    const [page] = await readAll(`/api/readings/${sensorId}?from=${noon}&to=${noon + 2000}`);
    expect(page?.map(({ value }) => value)).toEqual([0, 1]);
    const offsets = `from=2026-01-30T13:00%2B0100&to=2026-01-30T13:00:02%2B01`;
    expect(await readAll(`/api/readings/${sensorId}?${offsets}`)).toEqual([page]);
  });

  it.each([
    ['2026-01-30T12:00:00', 'has no time zone: end it with Z'],
    ['2026-01-30T13:00:00+01:00', 'send it as %2B'],
    ['2026-01-30', 'is only a date'],
  ])('says what is wrong with from=%s', async (from, hint) => {
    const response = await gateway.get(`/api/readings/${newSensor()}?from=${from}`);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'INVALID_PARAMETER', detail: expect.stringContaining(hint) }),
    ]);
  });

  it('gives the last 24 hours when no range is asked for', async () => {
    const sensorId = newSensor();
    const hoursAgo = (hours: number): number => Date.now() - hours * 3_600_000;
    for (const hours of [1, 23, 25]) await ingest({ sensorId, value: hours, timestamp: hoursAgo(hours) });
    const [page] = await readAll(`/api/readings/${sensorId}`);
    expect(page?.map(({ value }) => value)).toEqual([23, 1]);
  });

  it('answers an empty array for a range without readings', async () => {
    expect(await gateway.json(`/api/readings/${newSensor()}`)).toEqual([]);
    expect(await gateway.json(`/api/readings/${newSensor()}?from=${NOON}&to=${NOON}`)).toEqual([]);
  });

  it.each([
    'quote " \' and comma, equals=',
    '") |> drop()',
    "'; DROP TABLE readings; --",
    '温度 🌡️',
    'a/b?c#d%20',
    '..%2f',
  ])('accepts %j as the name of a sensor and a zone', async (name) => {
    await ingest({ sensorId: name, zone: name, timestamp: NOON });
    const latest = await gateway.json(`/api/latest/${encodeURIComponent(name)}`);
    expect(latest).toEqual({ ...READING, sensorId: name, zone: name, timestamp: NOON, found: true });
  });

  it('refuses a timestamp further ahead than MAX_FUTURE and keeps one below it', async () => {
    const minutes = (count: number): number => Date.now() + count * 60_000;
    const sensorId = newSensor();
    await ingest({ sensorId, timestamp: minutes(59) });
    const response = await gateway.post('/api/ingest', { ...READING, sensorId, timestamp: minutes(61) });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({
        code: 'TIMESTAMP_IN_FUTURE',
        errors: [expect.objectContaining({ path: 'timestamp' })],
      }),
    ]);
  });

  it('refuses a timestamp before MIN_TIMESTAMP and keeps one at it', async () => {
    const sensorId = newSensor();
    await ingest({ sensorId, timestamp: '1971-01-01T00:00:00Z' });
    const timestamp = '1970-12-31T23:59:59.999999Z';
    const response = await gateway.post('/api/ingest', { ...READING, sensorId, timestamp });
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({
        code: 'TIMESTAMP_TOO_OLD',
        errors: [expect.objectContaining({ path: 'timestamp' })],
      }),
    ]);
    const [page] = await readAll(`/api/readings/${sensorId}?from=0`);
    expect(page?.map(({ timestamp: kept }) => kept)).toEqual(['1971-01-01T00:00:00Z']);
  });
}
