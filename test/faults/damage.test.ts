import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { Influxd } from '../support/influxd.js';
import { Load } from './load.js';

const CUTS = process.env.FAULTS_LONG ? 60 : 12;

interface LogEntry {
  readonly type: string;
  readonly message: string;
}

describe('files below DATA_DIR that are damaged', () => {
  let influxd: Influxd;
  let original: string;
  let acknowledged: number;

  beforeAll(async () => {
    influxd = await Influxd.start();
    // Nothing listens on port 9: all that is acknowledged stays in the journal.
    const nowhere = { ...influxd.variables('b'), INFLUXDB_URL: 'http://127.0.0.1:9' };
    const gateway = await Gateway.start(nowhere);
    const load = new Load(5, 's');
    for (let request = 0; request < 120; request += 1) await load.sendBatch(gateway, 1 + (request % 10));
    acknowledged = load.ledger.acknowledged.size;
    await gateway.stop('SIGKILL');
    original = gateway.dataDir;
  });
  afterAll(async () => {
    await influxd.stop();
  });

  const copy = (): string => {
    const folder = emptyFolder();
    cpSync(original, folder, { recursive: true });
    return folder;
  };
  const segmentOf = (folder: string): string => {
    const journal = join(folder, 'journal');
    const [name = ''] = readdirSync(journal).filter((file) => file.endsWith('.seg'));
    return join(journal, name);
  };

  /** Starts over a damaged folder: every reading is stored or counted as damaged, and an event says so. */
  const check = async (folder: string): Promise<number> => {
    const gateway = await Gateway.start({
      ...influxd.variables(await influxd.createBucket()),
      DATA_DIR: folder,
    });
    await gateway.settled();
    const { accepted, stored, damaged } = await gateway.pipeline();
    expect({ accepted, sum: accepted + damaged }).toEqual({ accepted: stored, sum: acknowledged });
    let found = 0;
    for (let sensor = 0; sensor < 5; sensor += 1) {
      const path = `/api/readings/s${sensor}?from=0&to=${Date.now()}&limit=10000`;
      found += ((await gateway.json(path)) as unknown[]).length;
    }
    expect(found).toBe(stored);
    const entries = (await gateway.json('/api/logs')) as LogEntry[];
    const losses = entries.filter(({ type, message }) => type === 'critical' && message.includes('are lost'));
    expect(losses.map(({ message }) => /(\d+) acknowledged/.exec(message)?.[1])).toEqual(
      damaged > 0 ? [String(damaged)] : [],
    );
    await gateway.stop();
    // The same loss is not found, nor counted, again.
    const again = await Gateway.start({ ...influxd.variables('b'), DATA_DIR: folder });
    expect(await again.pipeline()).toMatchObject({ accepted, stored, damaged, queued: 0 });
    await again.stop();
    return damaged;
  };

  it('lose nothing when nothing is damaged', async () => {
    expect(await check(copy())).toBe(0);
  });

  it('lose what is cut off the journal, and say how much', async () => {
    for (let cut = 0; cut < CUTS; cut += 1) {
      const folder = copy();
      const segment = segmentOf(folder);
      const { length } = readFileSync(segment);
      truncateSync(segment, Math.floor((length * cut) / CUTS));
      expect(await check(folder)).toBeGreaterThan(0);
    }
  });

  it('lose the records of flipped bytes and no others, and say how much', async () => {
    for (let flip = 0; flip < CUTS; flip += 1) {
      const folder = copy();
      const segment = segmentOf(folder);
      const bytes = readFileSync(segment);
      const at = Math.floor(bytes.length * Math.random());
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (flip % 8));
      writeFileSync(segment, bytes);
      const damaged = await check(folder);
      expect(damaged).toBeGreaterThan(0);
      expect(damaged).toBeLessThanOrEqual(10);
    }
  });

  it.each([
    'state.db',
    'system-log.db',
    'rules.db',
    'clock',
    'lock.db',
    'running.json',
    'journal/noted',
    'ballast',
  ])('do not keep the gateway from starting, nor lose a queued reading, when %s is garbage', async (name) => {
    const folder = copy();
    writeFileSync(join(folder, name), 'garbage, long enough to be taken for something else '.repeat(100));
    expect(await check(folder)).toBe(0);
  });

  it('tell that there are no rules any more when rules.db is garbage, and take new ones', async () => {
    const first = await Gateway.start();
    const rule = { kind: 'above', threshold: 1 };
    expect((await first.post('/api/rules', rule)).status).toBe(201);
    await first.post('/api/ingest', { sensorId: 's', zone: 'z', value: 2, latencyMs: 1 });
    await first.stop('SIGKILL');
    for (const suffix of ['', '-wal'])
      writeFileSync(join(first.dataDir, `rules.db${suffix}`), 'garbage'.repeat(1_000));
    const second = await Gateway.start({ DATA_DIR: first.dataDir });
    expect(await second.json('/api/rules')).toEqual([]);
    expect(await second.json('/api/logs?type=critical&from=-1h')).toContainEqual(
      expect.objectContaining({ message: expect.stringMatching(/^rules\.db was damaged and is kept as /) }),
    );
    const made = await second.post('/api/rules', { kind: 'silent', afterSeconds: 1 });
    const { id } = (await made.json()) as { id: string };
    // What the pipeline knows of the sensor is where the rules begin.
    await until(
      async () =>
        ((await second.json(`/api/logs?ruleId=${id}`)) as unknown[]).length > 0 ? true : undefined,
      'the sensor to be silent',
    );
    await second.stop();
  });

  it('are counted when it is the embedded store that is lost', async () => {
    const first = await Gateway.start();
    const load = new Load(5, 's');
    for (let request = 0; request < 10; request += 1) await load.sendBatch(first, 10);
    await first.settled();
    await first.stop('SIGKILL');
    for (const suffix of ['', '-wal'])
      writeFileSync(join(first.dataDir, `readings.db${suffix}`), 'garbage'.repeat(1_000));
    const second = await Gateway.start({ DATA_DIR: first.dataDir });
    expect(await second.pipeline()).toMatchObject({ accepted: 0, stored: 0, queued: 0, damaged: 100 });
    const entries = (await second.json('/api/logs')) as LogEntry[];
    expect(entries).toContainEqual(
      expect.objectContaining({
        type: 'critical',
        message: expect.stringMatching(/100 stored readings are lost/),
      }),
    );
    await load.sendBatch(second, 10);
    await second.settled();
    expect(await second.pipeline()).toMatchObject({ accepted: 10, stored: 10, damaged: 100 });
    await second.stop();
  });
});
