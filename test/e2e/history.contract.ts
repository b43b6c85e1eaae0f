import { gzipSync } from 'node:zlib';

import type { Gateway } from '../support/gateway.js';

const NOON = Date.parse('2026-01-30T12:00:00Z');
const HOUR = 'from=2026-01-30T12:00:00Z&to=2026-01-30T13:00:00Z';
let sensors = 0;

interface Sent {
  readonly sensorId?: string;
  readonly zone?: string;
  readonly value: number;
  readonly latencyMs?: number;
  /** After NOON. */
  readonly second: number;
}

/** History over HTTP, which does not depend on where readings live. */
export function describeHistoryContract(start: () => Promise<Gateway>): void {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await start();
  });
  afterAll(async () => {
    await gateway.stop();
  });

  const newSensor = (): string => `history-${(sensors += 1)}`;
  const send = async (sensorId: string, readings: readonly Sent[]): Promise<void> => {
    const batch = readings.map(({ second, ...reading }) => ({
      sensorId,
      zone: 'z',
      latencyMs: 1.5,
      ...reading,
      timestamp: new Date(NOON + second * 1000).toISOString(),
    }));
    const response = await gateway.post('/api/ingest/batch', batch);
    expect(await response.json()).toMatchObject({ accepted: batch.length });
    await gateway.settled();
  };
  const everySecond = (count: number): Sent[] =>
    Array.from({ length: count }, (_, second) => ({ second, value: second }));
  const text = async (path: string, accept: string): Promise<string> => {
    const response = await gateway.get(path, { headers: { accept } });
    expect(response.status).toBe(200);
    return response.text();
  };
  const nextOf = (response: Response): string =>
    /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1] ?? '';

  describe('in buckets', () => {
    it('gives the aggregates of each bucket, over all zones, without empty buckets', async () => {
      const id = newSensor();
      await send(id, [
        { second: 0, value: 1, zone: 'a' },
        { second: 0, value: 2, zone: 'b' },
        { second: 299, value: 6, zone: 'a' },
        { second: 300, value: -7.5, zone: 'a' },
        { second: 1800, value: 0.1, zone: 'c' },
      ]);
      expect(await gateway.json(`/api/readings/${id}?${HOUR}&every=5m`)).toEqual([
        { start: '2026-01-30T12:00:00Z', count: 3, min: 1, max: 6, mean: 3, last: 6 },
        { start: '2026-01-30T12:05:00Z', count: 1, min: -7.5, max: -7.5, mean: -7.5, last: -7.5 },
        { start: '2026-01-30T12:30:00Z', count: 1, min: 0.1, max: 0.1, mean: 0.1, last: 0.1 },
      ]);
    });

    it('aligns them to the epoch, and counts only what is in [from, to)', async () => {
      const id = newSensor();
      await send(id, everySecond(600));
      const range = `from=${NOON + 30_000}&to=${NOON + 100_000}`;
      expect(await gateway.json(`/api/readings/${id}?${range}&every=1m`)).toEqual([
        { start: '2026-01-30T12:00:00Z', count: 30, min: 30, max: 59, mean: 44.5, last: 59 },
        { start: '2026-01-30T12:01:00Z', count: 40, min: 60, max: 99, mean: 79.5, last: 99 },
      ]);
    });

    it('chooses the smallest round length that gives at most as many buckets as points says', async () => {
      const id = newSensor();
      await send(id, everySecond(601));
      const starts = async (points: number): Promise<string[]> => {
        const range = `from=${NOON}&to=${NOON + 601_000}`;
        const buckets = await gateway.json(`/api/readings/${id}?${range}&points=${points}`);
        return (buckets as { start: string }[]).map(({ start }) => start.slice(11, -1));
      };
      expect(await starts(601)).toHaveLength(601);
      expect(await starts(600)).toHaveLength(301);
      expect(await starts(3)).toEqual(['12:00:00', '12:05:00', '12:10:00']);
      expect(await starts(2)).toEqual(['12:00:00', '12:10:00']);
      expect(await starts(1)).toEqual(['12:00:00']);
    });

    it('continues exactly where a page ended', async () => {
      const id = newSensor();
      await send(id, [
        ...everySecond(400),
        { second: 1000, value: 1 },
        { second: 1001, value: 5 },
        { second: 3599, value: 2 },
      ]);
      const whole = await gateway.json(`/api/readings/${id}?${HOUR}&every=100s`);
      const paged: unknown[] = [];
      let pages = 0;
      for (let path = `/api/readings/${id}?${HOUR}&every=100s&limit=2`; path !== '';) {
        const response = await gateway.get(path);
        paged.push(...((await response.json()) as unknown[]));
        path = nextOf(response);
        pages += 1;
      }
      expect(paged).toEqual(whole);
      expect([paged.length, pages]).toEqual([6, 3]);
    });

    it('keeps the length it chose on the following pages', async () => {
      const id = newSensor();
      await send(id, everySecond(100));
      const response = await gateway.get(`/api/readings/${id}?${HOUR}&points=120&limit=1`);
      expect(nextOf(response)).toBe(
        `/api/readings/${id}?from=2026-01-30T12%3A00%3A30Z&to=2026-01-30T13%3A00%3A00Z&every=30s&limit=1`,
      );
    });

    it('accepts times relative to now', async () => {
      const id = newSensor();
      const agoMs = (minutes: number): number => Date.now() - minutes * 60_000 - NOON;
      await send(
        id,
        [30, 89, 91, 1439, 1441].map((minutes) => ({ value: minutes, second: agoMs(minutes) / 1000 })),
      );
      const sum = async (query: string): Promise<unknown> => {
        const buckets = await gateway.json(`/api/readings/${id}?${query}&every=1h`);
        return (buckets as { count: number }[]).reduce((total, { count }) => total + count, 0);
      };
      expect(await sum('from=-90m')).toBe(2);
      expect(await sum('from=-24h')).toBe(4);
      expect(await sum('from=-25h&to=-90m')).toBe(3);
      expect(await gateway.json(`/api/readings/${id}?from=-1.5h&to=-45m`)).toMatchObject([{ value: 89 }]);
    });
  });

  describe('by the calendar', () => {
    const YEAR = 'from=2024-12-31T23:00:00Z&to=2025-12-31T23:00:00Z';
    /** A value for each day at noon UTC. */
    const sendYear = async (): Promise<string> => {
      const id = newSensor();
      const start = Date.UTC(2025, 0, 1, 12);
      const days = Array.from({ length: 365 }, (_, day) => ({
        value: day,
        second: (start - NOON) / 1000 + day * 86_400,
      }));
      await send(id, days);
      return id;
    };

    it('gives local days, weeks from Monday, months and years', async () => {
      const id = await sendYear();
      const starts = async (every: string, tz: string): Promise<string[]> => {
        const path = `/api/readings/${id}?${YEAR}&every=${every}${tz}`;
        return ((await gateway.json(path)) as { start: string }[]).map(({ start }) => start);
      };
      const days = await starts('1d', '&tz=Europe/Berlin');
      expect(days).toHaveLength(365);
      expect(days.slice(88, 91)).toEqual([
        '2025-03-29T23:00:00Z',
        '2025-03-30T22:00:00Z',
        '2025-03-31T22:00:00Z',
      ]);
      expect((await starts('1w', '&tz=Asia/Kolkata')).slice(0, 2)).toEqual([
        '2024-12-29T18:30:00Z',
        '2025-01-05T18:30:00Z',
      ]);
      for (const tz of ['', '&tz=UTC', '&tz=Etc/UTC']) {
        expect((await starts('1w', tz)).slice(0, 2)).toEqual([
          '2024-12-30T00:00:00Z',
          '2025-01-06T00:00:00Z',
        ]);
        expect((await starts('1mo', tz)).slice(0, 2)).toEqual([
          '2025-01-01T00:00:00Z',
          '2025-02-01T00:00:00Z',
        ]);
      }
      expect(await gateway.json(`/api/readings/${id}?${YEAR}&every=1y&tz=Asia/Kathmandu`)).toEqual([
        { start: '2024-12-31T18:15:00Z', count: 365, min: 0, max: 364, mean: 182, last: 364 },
      ]);
    });

    it('begins all weeks on Mondays, also those that points chose', async () => {
      const id = await sendYear();
      const first = async (query: string): Promise<string | undefined> =>
        ((await gateway.json(`/api/readings/${id}?${YEAR}&${query}`)) as { start: string }[])[0]?.start;
      expect(await first('points=60')).toBe('2024-12-30T00:00:00Z');
      expect(await first('every=2w')).toBe('2024-12-23T00:00:00Z');
      expect(await first('every=7d')).toBe('2024-12-26T00:00:00Z');
    });

    it('gives the same page by page, of one and of several sensors, and as files', async () => {
      const [a, b] = [await sendYear(), await sendYear()];
      const query = `${YEAR}&every=1mo&tz=Europe/Berlin`;
      const whole = (await gateway.json(`/api/readings/${a}?${query}`)) as object[];
      expect(whole).toHaveLength(12);
      const paged: unknown[] = [];
      const first = `/api/readings?sensorId=${a},${b}&${query}&limit=5`;
      for (let path = first; path !== '';) {
        const response = await gateway.get(path);
        const page = (await response.json()) as Record<string, unknown[]>;
        expect(page[b]).toEqual(page[a]);
        paged.push(...(page[a] ?? []));
        path = nextOf(response);
        if (path !== '') expect(path).toContain('every=1mo&tz=Europe%2FBerlin&limit=5');
      }
      expect(paged).toEqual(whole);
      const ndjson = await text(`/api/readings/${a}?${query}`, 'application/x-ndjson');
      expect(
        ndjson
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      ).toEqual(whole.map((bucket) => ({ sensorId: a, ...bucket })));
      const csv = await text(`/api/readings?sensorId=${a},${b}&${query}`, 'text/csv');
      expect(csv.split('\r\n')).toHaveLength(26);
    });

    it('names a longer unit when there are too many', async () => {
      const forever = 'from=1700-01-01T00:00:00Z&to=2200-01-01T00:00:00Z';
      const refused = (await gateway.json(`/api/readings/s?${forever}&every=1d&tz=Europe/Berlin`)) as {
        detail: string;
      };
      expect(refused.detail).toMatch(
        /at most 10000 buckets.*such as 1mo, got "1d", which makes about 182621/,
      );
      expect(await gateway.json(`/api/readings/s?${forever}&every=1mo&tz=Europe/Berlin`)).toEqual([]);
      const days = 'from=1997-01-01T00:00:00Z&to=2025-01-01T00:00:00Z';
      expect(await gateway.json(`/api/readings/s?${days}&every=1d&tz=Europe/Berlin`)).toMatchObject({
        detail: expect.stringContaining('such as 1w, got "1d", which makes 10228'),
      });
    });
  });

  describe('newest first', () => {
    it('gives readings and buckets page by page, in the opposite order', async () => {
      const [a, b] = [newSensor(), newSensor()];
      const zones = ['a', 'b'];
      await send(
        a,
        everySecond(20).flatMap((reading) => zones.map((zone) => ({ ...reading, zone }))),
      );
      await send(b, [...everySecond(7), { second: 3000, value: 1 }]);
      const pagesOf = async (first: string, id: string): Promise<unknown[]> => {
        const paged: unknown[] = [];
        for (let path = first; path !== '';) {
          const response = await gateway.get(path);
          const page = (await response.json()) as unknown[] | Record<string, unknown[]>;
          paged.push(...(Array.isArray(page) ? page : (page[id] ?? [])));
          path = nextOf(response);
        }
        return paged;
      };
      for (const id of [a, b])
        for (const query of ['', '&every=3s', '&every=1y&tz=Asia/Kolkata']) {
          const oldestFirst = (await gateway.json(`/api/readings/${id}?${HOUR}${query}`)) as unknown[];
          const expected = oldestFirst.toReversed();
          const newestFirst = `${HOUR}${query}&order=desc`;
          expect(await gateway.json(`/api/readings/${id}?${newestFirst}`)).toEqual(expected);
          expect(await pagesOf(`/api/readings/${id}?${newestFirst}&limit=3`, id)).toEqual(expected);
          const several = `/api/readings?sensorId=${a},${b}&${newestFirst}`;
          expect(await gateway.json(several)).toMatchObject({ [id]: expected });
          if (query !== '') expect(await pagesOf(`${several}&limit=2`, id)).toEqual(expected);
          const lines = (await text(`/api/readings/${id}?${newestFirst}`, 'application/x-ndjson')).trimEnd();
          expect(lines.split('\n').map((line) => JSON.parse(line) as unknown)).toMatchObject(expected);
        }
      expect(await gateway.json(`/api/readings/${a}?${HOUR}&order=asc`)).toEqual(
        await gateway.json(`/api/readings/${a}?${HOUR}`),
      );
    });
  });

  describe('of several sensors', () => {
    it('gives an object from sensorId to what the single route gives', async () => {
      const [a, b, none] = [newSensor(), newSensor(), newSensor()];
      await send(a, everySecond(3));
      await send(b, everySecond(100));
      for (const query of [HOUR, `${HOUR}&every=1m`, `${HOUR}&points=7`, `${HOUR}&limit=100`]) {
        const single = async (id: string): Promise<unknown> => gateway.json(`/api/readings/${id}?${query}`);
        const expected = { [a]: await single(a), [b]: await single(b), [none]: [] };
        expect(await gateway.json(`/api/readings?sensorId=${a},${b},${none}&${query}`)).toEqual(expected);
        const repeated = `sensorId=${a}&sensorId=${b},${a}&sensorId=${none}`;
        expect(await gateway.json(`/api/readings?${repeated}&${query}`)).toEqual(expected);
      }
    });

    it('accepts an identifier with a comma, written \\,', async () => {
      const id = `${newSensor()},x`;
      await send(id, everySecond(1));
      const list = encodeURIComponent(id.replace(',', '\\,'));
      expect(await gateway.json(`/api/readings?sensorId=${list}&${HOUR}&every=1h`)).toEqual({
        [id]: [{ start: '2026-01-30T12:00:00Z', count: 1, min: 0, max: 0, mean: 0, last: 0 }],
      });
    });

    it('answers 400 instead of truncating when a sensor has more readings than limit', async () => {
      const id = newSensor();
      await send(id, everySecond(11));
      const response = await gateway.get(`/api/readings?sensorId=${id}&${HOUR}&limit=10`);
      expect([response.status, await response.json()]).toEqual([
        400,
        expect.objectContaining({
          code: 'INVALID_PARAMETER',
          detail: expect.stringMatching(
            new RegExp(`sensor ${id} has more than 10 readings.*every or points.*/api/readings/`),
          ),
          errors: [expect.objectContaining({ path: 'limit' })],
        }),
      ]);
    });

    it('continues with buckets when a page is full after the first sensor', async () => {
      const [a, b] = [newSensor(), newSensor()];
      await send(a, everySecond(10));
      await send(
        b,
        everySecond(30).filter(({ second }) => second % 3 === 0),
      );
      const whole = await gateway.json(`/api/readings?sensorId=${a},${b}&${HOUR}&every=1s`);
      const paged: Record<string, unknown[]> = { [a]: [], [b]: [] };
      for (let path = `/api/readings?sensorId=${a},${b}&${HOUR}&every=1s&limit=4`; path !== '';) {
        const response = await gateway.get(path);
        for (const [id, buckets] of Object.entries((await response.json()) as Record<string, unknown[]>)) {
          expect(buckets.length).toBeLessThanOrEqual(4);
          paged[id]?.push(...buckets);
        }
        path = nextOf(response);
      }
      expect(paged).toEqual(whole);
    });
  });

  describe('as a file', () => {
    it('gives readings as CSV', async () => {
      const id = `${newSensor()} "x", y`;
      await send(id, [
        { second: 0, value: 1.5, zone: 'a,b' },
        { second: 1, value: -1e-7, zone: 'quote "' },
      ]);
      const line = `sensor_predictions,sensor_id=${id.replaceAll(/[ ,]/g, '\\$&')},zone=c value=3 ${NOON + 2000}`;
      const headers = { 'content-type': 'text/plain', 'content-encoding': 'gzip' };
      const body = gzipSync(line);
      const written = await gateway.get('/api/v2/write?precision=ms', { method: 'POST', headers, body });
      expect(written.status).toBe(204);
      await gateway.settled();
      const path = `/api/readings/${encodeURIComponent(id)}?${HOUR}`;
      const response = await gateway.get(path, { headers: { accept: 'text/csv' } });
      expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w.-]+\.csv"$/);
      expect(response.headers.get('vary')).toMatch(/\bAccept\b/);
      const quoted = `"${id.replaceAll('"', '""')}"`;
      expect(await response.text()).toBe(
        [
          'sensorId,zone,value,latencyMs,timestamp',
          `${quoted},"a,b",1.5,1.5,2026-01-30T12:00:00Z`,
          `${quoted},"quote """,-1e-7,1.5,2026-01-30T12:00:01Z`,
          `${quoted},c,3,,2026-01-30T12:00:02Z`,
          '',
        ].join('\r\n'),
      );
    });

    it('gives buckets as CSV and as NDJSON', async () => {
      const id = newSensor();
      await send(id, everySecond(61));
      const path = `/api/readings/${id}?${HOUR}&every=1m`;
      expect(await text(path, 'text/csv')).toBe(
        'sensorId,start,count,min,max,mean,last\r\n' +
          `${id},2026-01-30T12:00:00Z,60,0,59,29.5,59\r\n${id},2026-01-30T12:01:00Z,1,60,60,60,60\r\n`,
      );
      expect(await text(path, 'application/x-ndjson')).toBe(
        `{"sensorId":"${id}","start":"2026-01-30T12:00:00Z","count":60,"min":0,"max":59,"mean":29.5,"last":59}\n` +
          `{"sensorId":"${id}","start":"2026-01-30T12:01:00Z","count":1,"min":60,"max":60,"mean":60,"last":60}\n`,
      );
    });

    it('gives the whole range, however long, and several sensors one after the other', async () => {
      const [a, b] = [newSensor(), newSensor()];
      // More than a step of the stream, with moments that zones share at its edge.
      const many = everySecond(5_100).flatMap((reading) => [
        { ...reading, zone: 'a' },
        { ...reading, zone: 'b' },
      ]);
      await send(a, many.slice(0, 9_000));
      await send(a, many.slice(9_000));
      await send(b, everySecond(2));
      const range = `from=${NOON}&to=${NOON + 86_400_000}`;
      const lines = (await text(`/api/readings?sensorId=${b},${a}&${range}`, 'application/x-ndjson'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { sensorId: string; zone: string; value: number });
      expect(lines.map(({ sensorId, zone, value }) => `${sensorId} ${value} ${zone}`)).toEqual([
        `${b} 0 z`,
        `${b} 1 z`,
        ...many.map(({ value, zone }) => `${a} ${value} ${zone}`),
      ]);
      const csv = await text(`/api/readings/${a}?${range}`, 'text/csv');
      expect(csv.split('\r\n')).toHaveLength(many.length + 2);
    });

    it('gives a zone, or everything, of more than 100 sensors', async () => {
      const day = 86_400;
      const ids = Array.from({ length: 130 }, () => newSensor());
      const readings = ids.flatMap((sensorId, index) => [
        { sensorId, second: -2_000 * day + index, value: index, zone: index % 2 === 0 ? 'even' : 'odd' },
        // Each of them moved, and is in another zone now.
        { sensorId, second: -1_900 * day, value: -1, zone: 'moved' },
      ]);
      await send('', readings);
      const range = `from=${NOON - 2_001 * day * 1000}&to=${NOON - 1_999 * day * 1000}`;
      const linesOf = async (query: string): Promise<[string, number][]> => {
        const lines = (await text(`/api/readings?${range}${query}`, 'application/x-ndjson')).trimEnd();
        return lines
          .split('\n')
          .map((line) => JSON.parse(line) as { sensorId: string; value: number })
          .map(({ sensorId, value }) => [sensorId, value] as [string, number])
          .sort(([, a], [, b]) => a - b);
      };
      const all = ids.map((sensorId, index) => [sensorId, index]);
      expect(await linesOf('')).toEqual(all);
      expect(await linesOf('&zone=odd')).toEqual(all.filter((_, index) => index % 2 === 1));
      expect(await linesOf('&zone=odd&order=desc')).toEqual(all.filter((_, index) => index % 2 === 1));
      expect(await linesOf(`&zone=odd&sensorId=${ids.slice(0, 4).join(',')}`)).toEqual([all[1], all[3]]);
      const csv = await text(`/api/readings?${range}&every=1y`, 'text/csv');
      expect(csv.split('\r\n')).toHaveLength(132);
      const none = await gateway.get(`/api/readings?${range}&zone=none`, { headers: { accept: 'text/csv' } });
      expect(none.headers.get('content-disposition')).toBe('attachment; filename="readings-none.csv"');
      expect(await none.text()).toBe('sensorId,zone,value,latencyMs,timestamp\r\n');
      const some = (await gateway.json(
        `/api/readings?${range}&zone=even&sensorId=${ids.slice(0, 2).join(',')}`,
      )) as object;
      expect(Object.values(some)).toEqual([[expect.objectContaining({ zone: 'even', value: 0 })], []]);
    });

    it.each([
      ['zone=a&every=1d', 'zone'],
      ['zone=a&points=5', 'zone'],
      ['zone=', 'zone'],
      ['limit=5', 'limit'],
      ['zone=a&limit=5', 'limit'],
      ['sensorId=', 'sensorId'],
      ['zone=a&cursor=WzEsInoiXQ', 'cursor'],
    ])('answers /api/readings?%s with 400, naming %s', async (query, path) => {
      const response = await gateway.get(`/api/readings?${query}`, { headers: { accept: 'text/csv' } });
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { code: 'INVALID_PARAMETER', errors: [{ path, message: expect.stringContaining(path) }] },
      ]);
    });

    it('respects limit and cursor when they are given', async () => {
      const id = newSensor();
      await send(id, everySecond(5));
      const accept = { headers: { accept: 'text/csv' } };
      const first = await gateway.get(`/api/readings/${id}?${HOUR}&limit=2`, accept);
      expect((await first.text()).split('\r\n')).toHaveLength(4);
      const second = await gateway.get(nextOf(first), accept);
      const values = (csv: string): string[] =>
        csv
          .trimEnd()
          .split('\r\n')
          .slice(1)
          .map((line) => line.split(',')[2] ?? '');
      expect(values(await second.text())).toEqual(['2', '3']);
      const rest = nextOf(first).replace('&limit=2', '');
      expect(values(await text(rest, 'text/csv'))).toEqual(['2', '3', '4']);
    });

    it('has only a header in CSV, and nothing in NDJSON, when there are no readings', async () => {
      const path = `/api/readings/${newSensor()}?${HOUR}`;
      expect(await text(path, 'text/csv')).toBe('sensorId,zone,value,latencyMs,timestamp\r\n');
      expect(await text(`${path}&every=1m`, 'text/csv')).toBe('sensorId,start,count,min,max,mean,last\r\n');
      expect(await text(path, 'application/x-ndjson')).toBe('');
    });

    it.each([
      [undefined, 'application/json; charset=utf-8'],
      ['*/*', 'application/json; charset=utf-8'],
      ['text/html', 'application/json; charset=utf-8'],
      ['text/csv, */*;q=0.1', 'text/csv; charset=utf-8'],
      ['application/x-ndjson;q=0.5, Text/CSV;q=0.8', 'text/csv; charset=utf-8'],
      ['text/csv;q=0.5, application/json', 'application/json; charset=utf-8'],
    ])('answers Accept: %s with %s', async (accept, contentType) => {
      const headers: Record<string, string> = accept === undefined ? {} : { accept };
      const response = await gateway.get(`/api/readings/${newSensor()}`, { headers });
      expect(response.headers.get('content-type')).toBe(contentType);
      expect(response.headers.get('vary')).toMatch(/\bAccept\b/);
    });

    it('answers errors as JSON', async () => {
      const response = await gateway.get('/api/readings/s?every=0s', { headers: { accept: 'text/csv' } });
      expect([response.status, await response.json()]).toMatchObject([400, { code: 'INVALID_PARAMETER' }]);
    });
  });

  describe('of latencies', () => {
    interface Found {
      readonly start: string;
      readonly count: number;
    }

    it('gives percentiles of each bucket, over all zones, without those that have no latency', async () => {
      const id = newSensor();
      await send(id, [
        ...Array.from({ length: 20 }, (_, index) => ({
          second: index,
          value: 1,
          zone: index % 2 ? 'a' : 'b',
          latencyMs: 20.5 - index,
        })),
        { second: 300, value: 1 },
        { second: 3600, value: 1, latencyMs: 7 },
      ]);
      const lines = `sensor_predictions,sensor_id=${id},zone=z value=1 ${NOON + 600_000}`;
      const headers = { 'content-type': 'text/plain' };
      const written = await fetch(`${gateway.url}/api/v2/write?bucket=b&precision=ms`, {
        ...{ method: 'POST', headers, body: lines },
      });
      expect(written.status).toBe(204);
      await gateway.settled();
      const expected = [
        { start: '2026-01-30T12:00:00Z', count: 20, p50: 10.5, p95: 19.5 },
        { start: '2026-01-30T12:05:00Z', count: 1, p50: 1.5, p95: 1.5 },
      ];
      expect(await gateway.json(`/api/readings/${id}/latency?${HOUR}&every=5m`)).toEqual(expected);
      expect(await gateway.json(`/api/readings/${id}/latency?${HOUR}&points=12`)).toEqual(expected);
      expect(await gateway.json(`/api/readings/${newSensor()}/latency?every=5m`)).toEqual([]);
    });

    it('begins its buckets where those of the readings begin, by length and by the calendar', async () => {
      const id = newSensor();
      await send(
        id,
        Array.from({ length: 400 }, (_, day) => ({ second: -day * 86_400, value: day, latencyMs: day })),
      );
      const year = 'from=2025-01-07T00:00:00Z&to=2026-01-07T00:00:00Z';
      for (const every of [
        'every=1d&tz=Europe/Berlin',
        'every=1mo&tz=Asia/Kathmandu',
        'every=2w',
        'points=7',
      ]) {
        const ofReadings = (await gateway.json(`/api/readings/${id}?${year}&${every}`)) as Found[];
        const found = (await gateway.json(`/api/readings/${id}/latency?${year}&${every}`)) as Found[];
        expect(found.map(({ start, count }) => [start, count])).toEqual(
          ofReadings.map(({ start, count }) => [start, count]),
        );
      }
    });

    it('has at most 500 buckets when their length is not given', async () => {
      const id = newSensor();
      await send(id, [{ second: 0, value: 1, latencyMs: 7 }]);
      await gateway.settled();
      const path = `/api/readings/${id}/latency?${HOUR}`;
      expect(await gateway.json(path)).toEqual(await gateway.json(`${path}&points=500`));
      expect(await gateway.json(path)).toEqual([expect.objectContaining({ count: 1, p50: 7, p95: 7 })]);
    });
  });

  it.each([
    ['every=0s', 'every'],
    ['every=0.5ms', 'every'],
    ['every=1.0005ms', 'every'],
    ['every=5', 'every'],
    ['every=-5m', 'every'],
    ['every=', 'every'],
    ['every=1e308h', 'every'],
    [`every=${'9'.repeat(400)}w`, 'every'],
    ['every=5m&every=6m', 'every'],
    ['every=1ms&from=-3650d', 'every'],
    ['every=2mo', 'every'],
    ['every=1.0mo', 'every'],
    ['every=constructor', 'every'],
    ['every=1d&tz=', 'tz'],
    ['every=1d&tz=Mars/Olympus', 'tz'],
    ['every=1d&tz=%2B01:00', 'tz'],
    ['every=1d&tz=Etc/GMT+1', 'tz'],
    ['every=1d&tz=IST', 'tz'],
    ['every=1d&tz=pst', 'tz'],
    [`every=1d&tz=${'A'.repeat(5_000)}`, 'tz'],
    ['every=1d&tz=UTC&tz=UTC', 'tz'],
    ['every=24h&tz=Europe/Berlin', 'tz'],
    ['every=5m&tz=UTC', 'tz'],
    ['points=5&tz=Europe/Berlin', 'tz'],
    ['tz=Europe/Berlin', 'tz'],
    ['every=1d&tz=Europe/Berlin&from=1685-01-01T00:00:00Z', 'every'],
    ['every=5m&points=10', 'points'],
    ['points=0', 'points'],
    ['points=1.5', 'points'],
    ['points=ten', 'points'],
    ['points=10001', 'points'],
    ['points=99999999999999999999', 'points'],
    ['points=1&points=2', 'points'],
    ['points=1&from=345599999&to=345600001', 'points'],
    ['from=-1e308h', 'from'],
    [`from=-${'9'.repeat(400)}h`, 'from'],
    ['from=-999999999w', 'from'],
    ['from=9999-12-31T23:59:59Z', 'from'],
    ['to=0000-01-01T00:00:00Z', 'to'],
    ['to=99999999999999999999', 'to'],
    ['to=-5y', 'to'],
    ['from=-1h&from=-2h', 'from'],
    ['from=-1h&to=-2h', 'from'],
    ['from=', 'from'],
    ['limit=0&every=1m', 'limit'],
    ['limit=', 'limit'],
    ['cursor=WzEsInoiXQ&every=1m', 'cursor'],
    ['cursor=WzEsInoiXQ&points=10', 'cursor'],
    ['order=newest', 'order'],
    ['order=', 'order'],
    ['order=asc&order=desc', 'order'],
    ['step=5m', 'step'],
  ])('answers ?%s with 400, naming %s', async (query, path) => {
    for (const route of ['/api/readings/s?', '/api/readings?sensorId=s&', '/api/readings/s/latency?']) {
      if (path === 'cursor' && route.includes('sensorId')) continue;
      const response = await gateway.get(`${route}${query}`);
      expect([response.status, await response.json()]).toEqual([
        400,
        expect.objectContaining({
          code: 'INVALID_PARAMETER',
          detail: expect.stringContaining(path),
          errors: [{ path, message: expect.stringContaining(path) }],
        }),
      ]);
    }
  });

  it.each([
    ['', 'missing'],
    ['sensorId=', '""'],
    ['sensorId=a,,b', '""'],
    ['sensorId=a%5Cb', 'a\\\\\\\\b'],
    ['sensorId=a,%0A', '\\\\n'],
    [`sensorId=${Array.from({ length: 101 }, (_, index) => index).join(',')}`, '101'],
  ])('answers the list ?%s with 400', async (query, shown) => {
    const response = await gateway.get(`/api/readings?${query}`);
    const body = await response.text();
    expect(response.status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({
      code: 'INVALID_PARAMETER',
      errors: [{ path: 'sensorId', message: expect.stringContaining('sensorId') }],
    });
    expect(body).toContain(shown.replaceAll('"', '\\"'));
  });

  it('names a length that is long enough', async () => {
    const range = 'from=2016-01-01T00:00:00Z&to=2026-01-01T00:00:00Z';
    const refused = (await gateway.json(`/api/readings/s?${range}&every=1ms`)) as { detail: string };
    const [, enough = ''] = /such as (\w+), got "1ms"/.exec(refused.detail) ?? [];
    expect(await gateway.json(`/api/readings/s?${range}&every=${enough}`)).toEqual([]);
  });
}
