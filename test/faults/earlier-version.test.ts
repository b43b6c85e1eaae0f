import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { BadServer } from '../support/bad-server.js';
import { run } from '../support/child.js';
import { emptyFolder, ROOT } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

const FIXTURES = join(ROOT, 'test', 'fixtures', 'data-dir');

interface Remembered {
  readonly path: string;
  readonly body: string;
  readonly idempotencyKey: string;
  readonly status: number;
  readonly answer: string;
}

/** What the gateway answered just before it was killed. */
interface Fixture {
  readonly madeMs: number;
  readonly adminKey: string;
  readonly deviceKey: string;
  readonly revokedKey: string;
  readonly remembered: readonly Remembered[];
  readonly pipeline: Readonly<Record<'accepted' | 'stored' | 'queued' | 'deadLettered', number>>;
  readonly latest: readonly object[];
  readonly rules: readonly object[];
  readonly keys: readonly object[];
  readonly logs: readonly { readonly message: string }[];
  readonly deadLetters: readonly object[];
}

describe('a DATA_DIR that version 0.1.0 left behind when it was killed', () => {
  const library = join(emptyFolder(), 'clock.so');
  let server: BadServer;
  let gateway: Gateway;

  beforeAll(async () => {
    const source = join(import.meta.dirname, 'clock.c');
    expect(await run('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'])).toEqual({
      code: 0,
      output: '',
    });
    server = await BadServer.start();
  });
  afterEach(async () => {
    await gateway.stop();
  });
  afterAll(async () => {
    await server.stop();
  });

  /** Starts over a copy, a minute after it was left: remembered answers are kept for a day only. */
  const open = async (name: string, variables: Record<string, string> = {}): Promise<Fixture> => {
    const folder = emptyFolder();
    const dataDir = join(folder, 'data');
    mkdirSync(dataDir);
    expect(await run('tar', ['-xzf', join(FIXTURES, `${name}.tar.gz`), '-C', dataDir])).toMatchObject({
      code: 0,
    });
    const fixture = JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')) as Fixture;
    const clock = join(folder, 'clock');
    writeFileSync(clock, String(Math.round((fixture.madeMs - Date.now()) / 1_000) + 60));
    const faults = { LD_PRELOAD: library, FAULT_CLOCK: clock };
    gateway = await Gateway.start({ DATA_DIR: dataDir, ...faults, ...variables });
    gateway.key = fixture.adminKey;
    return fixture;
  };

  const count = async (sensorId: string): Promise<number> =>
    ((await gateway.json(`/api/readings/${sensorId}?from=0&limit=10000`)) as unknown[]).length;

  const expectEverything = async (fixture: Fixture): Promise<void> => {
    const { pipeline, remembered } = fixture;
    const latest = (await gateway.json('/api/latest')) as object[];
    expect(latest).toEqual(fixture.latest.map((reading) => expect.objectContaining(reading) as unknown));
    expect(await gateway.json('/api/rules')).toEqual(fixture.rules);
    expect(await gateway.json('/api/keys')).toEqual(
      fixture.keys.map((key) => expect.objectContaining(key) as unknown),
    );
    const statusWith = async (key: string): Promise<number> =>
      (await gateway.get('/api/rules', { headers: { authorization: `Bearer ${key}` } })).status;
    expect([await statusWith(fixture.deviceKey), await statusWith(fixture.revokedKey)]).toEqual([403, 401]);

    const logs = (await gateway.json('/api/logs?limit=1000')) as Fixture['logs'];
    expect(logs).toEqual(expect.arrayContaining([...fixture.logs]));
    const news = logs.map(({ message }) => message);
    expect(news).toContainEqual(expect.stringContaining('The gateway did not shut down cleanly: process '));
    expect(news.filter((message) => /damaged|lost its|are lost/.test(message))).toEqual([]);
    // The state of rules is known, too: what was reported already is not reported again.
    expect(news.filter((message) => message.startsWith('door is silent'))).toHaveLength(1);
    expect(existsSync(join(gateway.dataDir, 'damaged'))).toBe(false);

    for (const { path, body, idempotencyKey, status, answer } of remembered) {
      const response = await gateway.post(path, body, { 'idempotency-key': idempotencyKey });
      expect([idempotencyKey, response.status, await response.text()]).toEqual([
        idempotencyKey,
        status,
        answer,
      ]);
    }
    await gateway.settled();
    const { accepted, stored, queued, deadLettered } = pipeline;
    expect(await gateway.pipeline()).toMatchObject({
      accepted,
      stored: stored + queued,
      queued: 0,
      deadLettered,
      damaged: 0,
    });
  };

  it('opens with all that is in it, with the embedded store', async () => {
    await expectEverything(await open('embedded'));
    expect(await count('mill')).toBe(200 + 8 * 800);
    expect(await count('meter')).toBe(3);
    const [meter] = (await gateway.json('/api/readings/meter?from=0')) as object[];
    expect(meter).not.toHaveProperty('latencyMs');
    // New timestamps are later than every earlier one.
    const { timestamp } = (await (
      await gateway.post('/api/ingest', { sensorId: 'new', zone: 'z', value: 1, latencyMs: 1 })
    ).json()) as { timestamp: string };
    const given = readFileSync(join(FIXTURES, 'embedded.json'), 'utf8').match(/2026-11-28T[\d:.]+Z/g) ?? [];
    expect(given.every((before) => before < timestamp)).toBe(true);
  });

  it('opens with its dead letters and what is queued for InfluxDB', async () => {
    const fixture = await open('influxdb', server.variables);
    await expectEverything(fixture);
    const lines = server.writes.join('\n').split('\n');
    expect(new Set(lines).size).toBe(fixture.pipeline.queued);
    expect(lines.filter((line) => line.includes('sensor_id=meter,'))).toEqual([
      expect.stringMatching(/value=9.75 \d{16}$/),
    ]);
    expect(await gateway.json('/api/dead-letters')).toEqual(fixture.deadLetters);
    expect((await gateway.post('/api/dead-letters/replay', {})).status).toBeLessThan(300);
    await gateway.settled();
    expect(await gateway.pipeline()).toMatchObject({ deadLettered: 0, accepted: fixture.pipeline.accepted });
    expect(server.writes.join('\n').match(/sensor_id=conflict/g)).toHaveLength(6);
  });
});
