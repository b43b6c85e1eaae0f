import { rmSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { type Answer, BadServer, wellBehaved } from '../support/bad-server.js';
import { until } from '../support/environment.js';
import { Gateway, type PipelineStatus } from '../support/gateway.js';
import { Scrape } from '../support/metrics.js';

interface DeadLetter {
  readonly id: number;
  readonly reason: string;
  readonly reading: { readonly sensorId: string; readonly value: number };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const NOW = 1_769_782_718_000;
const reading = (value: number, more: object = {}): object => ({
  ...{ sensorId: 's', zone: 'z', value, latencyMs: 1, timestamp: NOW + value },
  ...more,
});
const readings = (count: number): object[] => Array.from({ length: count }, (_, value) => reading(value));

/** Refuses lines for good, all of a write at once where all are meant. */
const refusing =
  (isRefused: (line: string) => boolean, reason = 'field type conflict'): Answer =>
  (response, path, body) => {
    const lines = body.split('\n').filter((line) => line !== '');
    const refused = path.startsWith('/api/v2/write') ? lines.filter(isRefused) : [];
    const message =
      refused.length === lines.length
        ? `partial write: ${reason} dropped=${refused.length}`
        : refused.map((line) => `unable to parse '${line}': ${reason}`).join('\n');
    if (refused.length === 0) wellBehaved(response, path, body);
    else {
      const status = refused.length === lines.length ? 422 : 400;
      BadServer.status(status, JSON.stringify({ code: 'invalid', message }), JSON_TYPE)(response, path, body);
    }
  };
const all = (): boolean => true;
const down = BadServer.status(503);

describe('dead letters', () => {
  let server: BadServer;

  beforeEach(async () => {
    server = await BadServer.start();
  });
  afterEach(async () => {
    await server.stop();
  });

  const replay = async (gateway: Gateway): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await gateway.get('/api/dead-letters/replay', { method: 'POST' });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const list = async (gateway: Gateway): Promise<DeadLetter[]> =>
    (await gateway.json('/api/dead-letters?limit=1000')) as DeadLetter[];
  const untilStoreIs = (gateway: Gateway, store: string): Promise<true> =>
    until(
      async () => ((await gateway.pipeline()).store === store ? true : undefined),
      `a store that is ${store}`,
    );
  /** The counters without the rest; they must add up whenever they are asked for. */
  const counters = async (gateway: Gateway): Promise<Partial<PipelineStatus>> => {
    const { accepted, stored, queued, deadLettered, damaged } = await gateway.pipeline();
    expect([accepted, Math.min(stored, queued, deadLettered, damaged)]).toEqual([
      stored + queued + deadLettered,
      0,
    ]);
    return { accepted, stored, queued, deadLettered };
  };

  it('are replayed once, also when the state file fails or the gateway is killed', async () => {
    const first = await Gateway.start(server.variables);
    server.answer = refusing(all);
    await first.post('/api/ingest/batch', readings(1_500));
    await first.settled();
    const [letter] = await list(first);
    server.answer = down;
    await untilStoreIs(first, 'down');

    const other = new Database(join(first.dataDir, 'state.db'));
    other.exec('BEGIN IMMEDIATE');
    const deleted = await first.get(`/api/dead-letters/${letter?.id}`, { method: 'DELETE' });
    expect([deleted.status, deleted.headers.get('retry-after'), await deleted.json()]).toEqual([
      503,
      '5',
      expect.objectContaining({ code: 'JOURNAL_UNAVAILABLE' }),
    ]);
    const asking = (async () => {
      const seen = new Set<string>();
      for (let time = 0; time < 50; time += 1) seen.add(JSON.stringify(await counters(first)));
      return seen;
    })();
    expect(await replay(first)).toEqual({ status: 200, body: { success: true, replayed: 1_500 } });
    expect(await replay(first)).toEqual({ status: 200, body: { success: true, replayed: 0 } });
    await asking;
    const queued = { accepted: 1_500, stored: 0, queued: 1_500, deadLettered: 0 };
    expect(await counters(first)).toEqual(queued);
    expect(await list(first)).toEqual([]);
    expect((await first.get(`/api/dead-letters/${letter?.id}`, { method: 'DELETE' })).status).toBe(404);
    await first.stop('SIGKILL');
    other.close();

    const second = await Gateway.start({ ...server.variables, DATA_DIR: first.dataDir });
    expect(await counters(second)).toEqual(queued);
    expect(await list(second)).toEqual([]);
    expect(await replay(second)).toEqual({ status: 200, body: { success: true, replayed: 0 } });
    server.answer = wellBehaved;
    server.writes.length = 0;
    await second.settled();
    const stored = { accepted: 1_500, stored: 1_500, queued: 0, deadLettered: 0 };
    expect(await counters(second)).toEqual(stored);
    expect(server.writes.join('\n').split('\n')).toHaveLength(1_500);
    expect(await second.pipeline()).toMatchObject({ deadLetterBytes: 0 });
    await second.stop('SIGKILL');

    const third = await Gateway.start({ ...server.variables, DATA_DIR: first.dataDir });
    expect(await counters(third)).toEqual(stored);
    expect(await list(third)).toEqual([]);
    await third.stop();
  });

  it('are replayed in part when the journal fills up: the answer says how many, and a repeat sends the rest', async () => {
    const gateway = await Gateway.start({ ...server.variables, JOURNAL_MAX_BYTES: String(1 << 20) });
    server.answer = refusing(all);
    // Long names fill the journal with few readings.
    const long = (name: number): object => reading(1, { sensorId: `${name}-${'長'.repeat(120)}` });
    for (let batch = 0; batch < 8; batch += 1) {
      const names = Array.from({ length: 500 }, (_, index) => long(500 * batch + index));
      expect((await gateway.post('/api/ingest/batch', names)).status).toBe(200);
      await gateway.settled();
    }
    server.answer = down;
    await untilStoreIs(gateway, 'down');
    const { status, body } = await replay(gateway);
    expect([status, body.code]).toEqual([503, 'JOURNAL_FULL']);
    const [, sent = ''] = /; (\d+) dead letters were sent until then$/.exec(String(body.detail)) ?? [];
    expect(Number(sent)).toBeGreaterThan(0);
    expect(await counters(gateway)).toEqual({
      ...{ accepted: 4_000, stored: 0, queued: Number(sent), deadLettered: 4_000 - Number(sent) },
    });
    server.answer = wellBehaved;
    await gateway.settled();
    expect((await replay(gateway)).body).toEqual({ success: true, replayed: 4_000 - Number(sent) });
    await gateway.settled();
    expect(await counters(gateway)).toMatchObject({ stored: 4_000, deadLettered: 0 });
    await gateway.stop();
  });

  it('of one point are merged by a replay as successive writes would be', async () => {
    const gateway = await Gateway.start(server.variables);
    server.answer = refusing(all);
    const point = { timestamp: NOW };
    await gateway.post('/api/ingest/batch', [reading(1, point), reading(7)]);
    await gateway.post('/api/v2/write?precision=ms', `sensor_predictions,sensor_id=s,zone=z value=2 ${NOW}`);
    await gateway.settled();
    // Refused again it is one dead letter, under the id of the newest, and the older one counts as overwritten.
    const before = await list(gateway);
    expect((await replay(gateway)).body).toEqual({ success: true, replayed: 3 });
    await gateway.settled();
    expect(await counters(gateway)).toEqual({ accepted: 3, stored: 1, queued: 0, deadLettered: 2 });
    const after = await list(gateway);
    expect(after.map(({ id, reading: { value } }) => [id, value])).toEqual(
      before.slice(1).map(({ id, reading: { value } }) => [id, value]),
    );
    server.answer = wellBehaved;
    server.writes.length = 0;
    expect((await replay(gateway)).body).toEqual({ success: true, replayed: 2 });
    await gateway.settled();
    expect(server.writes.join('\n').split('\n').sort()).toEqual([
      `sensor_predictions,sensor_id=s,zone=z latency_ms=1,value=2 ${NOW}000`,
      `sensor_predictions,sensor_id=s,zone=z latency_ms=1,value=7 ${NOW + 7}000`,
    ]);
    expect(await counters(gateway)).toEqual({ accepted: 3, stored: 3, queued: 0, deadLettered: 0 });
    await gateway.stop();
  });

  it('wait for a newer one of the same point that became a dead letter during the replay', async () => {
    const first = await Gateway.start(server.variables);
    server.answer = refusing(all);
    await first.post('/api/ingest', reading(1, { timestamp: NOW }));
    await first.settled();
    server.answer = down;
    await untilStoreIs(first, 'down');
    await first.post('/api/ingest', reading(2, { timestamp: NOW }));
    expect((await replay(first)).body).toEqual({ success: true, replayed: 1 });
    await first.stop('SIGKILL');

    // The newer one is refused, and only then the older one is sent.
    server.answer = refusing((line) => line.includes('value=2 '));
    server.writes.length = 0;
    const gateway = await Gateway.start({ ...server.variables, DATA_DIR: first.dataDir });
    await gateway.settled();
    expect(await counters(gateway)).toEqual({ accepted: 2, stored: 0, queued: 0, deadLettered: 2 });
    expect((await list(gateway)).map(({ reading: { value } }) => value)).toEqual([1, 2]);
    server.answer = wellBehaved;
    expect((await replay(gateway)).body).toEqual({ success: true, replayed: 2 });
    await gateway.settled();
    expect(await counters(gateway)).toEqual({ accepted: 2, stored: 2, queued: 0, deadLettered: 0 });
    expect(server.writes.filter((lines) => lines.includes('value=1 '))).toEqual([]);
    await gateway.stop();
  });

  it('that are being replayed when state.db is lost count once, and new ones get other ids', async () => {
    const first = await Gateway.start(server.variables);
    server.answer = refusing(all);
    await first.post('/api/ingest/batch', readings(5));
    await first.settled();
    server.answer = down;
    await untilStoreIs(first, 'down');
    const later = [7, 8, 9].map((value) => reading(value, { sensorId: 'late' }));
    await first.post('/api/ingest/batch', later);
    // What is read from the journal at once leaves it together: so much lies between them that they are not.
    const between = Array.from({ length: 10_000 }, (_, value) => reading(value, { sensorId: 'between' }));
    for (let count = 0; count < 4; count += 1)
      expect((await first.post('/api/ingest/batch', between)).status).toBe(200);
    expect((await replay(first)).body).toEqual({ success: true, replayed: 5 });
    await first.stop('SIGKILL');
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(first.dataDir, `state.db${suffix}`), { force: true });

    // Those that wait are refused, while those that are replayed wait for what the store has at their place.
    server.answer = (response, path, body) => {
      const isLate = (line: string): boolean => line.includes('sensor_id=late,');
      if (!path.startsWith('/api/v2/query')) refusing(isLate)(response, path, body);
    };
    const second = await Gateway.start({ ...server.variables, DATA_DIR: first.dataDir });
    expect((await counters(second)).accepted).toBe(40_008);
    await until(async () => ((await list(second)).length === 3 ? true : undefined), 'three dead letters');
    expect(Math.min(...(await list(second)).map(({ id }) => id))).toBeGreaterThan(5);
    await second.stop('SIGKILL');

    server.answer = wellBehaved;
    const third = await Gateway.start({ ...server.variables, DATA_DIR: first.dataDir });
    await third.settled();
    expect((await list(third)).map(({ reading: { value } }) => value)).toEqual([7, 8, 9]);
    expect(await counters(third)).toEqual({
      accepted: 40_008,
      stored: 40_005,
      queued: 0,
      deadLettered: 3,
    });
    await third.stop();
  });

  it('of an earlier build get their sizes and points at the start; a damaged one is counted and stops nothing', async () => {
    const first = await Gateway.start(server.variables);
    server.answer = refusing(all);
    await first.post('/api/ingest/batch', [reading(1), reading(2), reading(3)]);
    await first.settled();
    const [, damaged] = await list(first);
    const { deadLetterBytes = NaN } = await first.pipeline();
    await first.stop();
    const db = new Database(join(first.dataDir, 'state.db'));
    db.exec('DROP INDEX dead_letter_points');
    for (const column of ['sensor_id', 'zone', 'timestamp_us', 'bytes'])
      db.exec(`ALTER TABLE dead_letters DROP COLUMN ${column}`);
    db.exec(`ALTER TABLE sensors DROP COLUMN stamp; ALTER TABLE sensors DROP COLUMN ignored_us;
      ALTER TABLE forgotten DROP COLUMN ignored_us;
      DROP TABLE stores; DROP TABLE deletions; DROP TABLE ended_deletions`);
    db.pragma('user_version = 5');
    db.prepare('UPDATE dead_letters SET letter = substr(letter, 2) WHERE id = ?').run(damaged?.id);
    db.close();

    server.answer = wellBehaved;
    server.writes.length = 0;
    const gateway = await Gateway.start({ ...server.variables, DATA_DIR: first.dataDir });
    expect(await gateway.pipeline()).toMatchObject({
      ...{ accepted: 2, deadLettered: 2, damaged: 1, deadLetterBytes: (deadLetterBytes / 3) * 2 },
    });
    expect((await list(gateway)).map(({ reading: { value } }) => value)).toEqual([1, 3]);
    expect((await replay(gateway)).body).toEqual({ success: true, replayed: 2 });
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({
      accepted: 2,
      stored: 2,
      deadLettered: 0,
      deadLetterBytes: 0,
    });
    await gateway.stop();
  });

  it('of one sensor beyond a tenth of DEAD_LETTERS_MAX_BYTES block its readings, and no others', async () => {
    const env = { ...server.variables, DEAD_LETTERS_MAX_BYTES: '65536' };
    const first = await Gateway.start(env);
    server.answer = refusing((line) => line.includes('sensor_id=bad'), `so ${'long '.repeat(400)}`);
    const bad = (value: number, name = 'bad'): object => reading(value, { sensorId: name });
    await first.post(
      '/api/ingest/batch',
      Array.from({ length: 14 }, (_, value) => bad(value)),
    );
    await first.settled();
    const letters = await list(first);
    expect(letters.map(({ reason }) => reason.length)).toEqual(Array.from({ length: 14 }, () => 300));
    const { deadLetterBytes = NaN, deadLettersMaxBytes } = await first.pipeline();
    expect([deadLettersMaxBytes, deadLetterBytes > 6_553]).toEqual([65_536, true]);

    const refused = await first.post('/api/ingest', bad(21));
    expect([refused.status, await refused.json()]).toEqual([
      422,
      expect.objectContaining({
        code: 'DEAD_LETTERS_FULL',
        detail: expect.stringMatching(
          `sensorId "bad" has dead letters of ${deadLetterBytes} bytes, more than the 6553 .* DEAD_LETTERS_MAX_BYTES.*GET /api/dead-letters`,
        ) as string,
      }),
    ]);
    const batch = await first.post('/api/ingest/batch', [bad(22), reading(1), bad(23, 'bad2')]);
    expect(await batch.json()).toMatchObject({
      ...{ accepted: 2, refused: 1, errors: [{ index: 0, code: 'DEAD_LETTERS_FULL', path: 'sensorId' }] },
    });
    await first.settled();
    expect(await first.pipeline()).toMatchObject({
      stored: 1,
      deadLettered: 15,
      refused: { DEAD_LETTERS_FULL: 2 },
    });
    const scrape = await Scrape.of(first);
    expect(scrape.value('predictionx_dead_letters_max_bytes')).toBe(65_536);
    expect(scrape.value('predictionx_readings_refused_total', { code: 'DEAD_LETTERS_FULL' })).toBe(2);
    await first.stop('SIGKILL');

    const gateway = await Gateway.start({ ...env, DATA_DIR: first.dataDir });
    expect((await gateway.pipeline()).deadLetterBytes).toBe(scrape.value('predictionx_dead_letters_bytes'));
    expect((await gateway.post('/api/ingest', bad(24))).status).toBe(422);
    for (const { id } of letters.slice(0, 5))
      await gateway.get(`/api/dead-letters/${id}`, { method: 'DELETE' });
    expect((await gateway.post('/api/ingest', bad(25))).status).toBe(201);
    // One event when it begins, with each start, and one when it ends.
    const about = async (): Promise<unknown> =>
      ((await gateway.json('/api/logs?sensorId=bad')) as { type: string; message: string }[]).map(
        ({ type, message }) => [type, message.replace(/\d+/g, 'N')],
      );
    const begins = 'Readings of "bad" are refused: its dead letters take N bytes';
    const ends = 'Readings of "bad" are accepted again: its dead letters take N bytes';
    expect(await about()).toEqual([
      ['normal', expect.stringContaining(ends)],
      ['critical', expect.stringContaining(begins)],
      ['critical', expect.stringContaining(begins)],
    ]);
    await gateway.stop();
  });

  it('that fill DEAD_LETTERS_MAX_BYTES together block each sensor that has any, and no others', async () => {
    const gateway = await Gateway.start({ ...server.variables, DEAD_LETTERS_MAX_BYTES: '65536' });
    server.answer = refusing((line) => line.includes('sensor_id=bad'));
    const bad = (sensor: number, value: number): object => reading(value, { sensorId: `bad${sensor}` });
    const batch = Array.from({ length: 300 }, (_, index) => bad(index % 100, index));
    await gateway.post('/api/ingest/batch', batch);
    await gateway.settled();
    expect((await gateway.pipeline()).deadLetterBytes).toBeGreaterThan(65_536);
    const { status, detail } = await (async () => {
      const response = await gateway.post('/api/ingest', bad(1, 1));
      return { status: response.status, ...((await response.json()) as { detail: string }) };
    })();
    expect([status, detail]).toEqual([422, expect.stringContaining('all dead letters together')]);
    expect((await gateway.post('/api/ingest', bad(100, 1))).status).toBe(201);
    expect((await gateway.post('/api/ingest', reading(1))).status).toBe(201);
    server.answer = wellBehaved;
    await replay(gateway);
    await gateway.settled();
    expect((await gateway.post('/api/ingest', bad(1, 1))).status).toBe(201);
    const events = ((await gateway.json('/api/logs')) as { type: string; message: string }[]).filter(
      ({ message }) => message.startsWith('Dead letters take'),
    );
    expect(events.map(({ type }) => type)).toEqual(['normal', 'critical']);
    await gateway.stop();
  });
});
