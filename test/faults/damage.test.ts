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
    'clock',
    'clock.copy',
    'lock.db',
    'running.json',
    'journal/noted',
    'ballast',
    'rules.db',
  ])('do not keep the gateway from starting, nor lose a queued reading, when %s is garbage', async (name) => {
    const folder = copy();
    writeFileSync(join(folder, name), 'garbage, long enough to be taken for something else '.repeat(100));
    expect(await check(folder)).toBe(0);
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

  describe('that are about rules', () => {
    let gateway: Gateway;
    const rulesDb = (): string => join(gateway.dataDir, 'rules.db');
    const criticals = async (): Promise<string[]> =>
      ((await gateway.json('/api/logs?type=critical')) as LogEntry[]).map(({ message }) => message);
    const send = (value: number): Promise<Response> =>
      gateway.post('/api/ingest', { sensorId: 's', zone: 'hall', value, latencyMs: 1 });
    const untilSilent = (): Promise<true> =>
      until(
        async () =>
          (await criticals()).some((message) => message.startsWith('s is silent')) ? true : undefined,
        's to be silent',
      );

    beforeEach(async () => {
      gateway = await Gateway.start();
      for (const rule of [
        { name: 'hot', kind: 'above', threshold: 80 },
        { name: 'quiet', kind: 'silent', afterSeconds: 1 },
      ])
        expect((await gateway.post('/api/rules', rule)).status).toBe(201);
      await send(70);
      await untilSilent();
      await gateway.stop();
    });
    afterEach(async () => {
      await gateway.stop();
    });

    /** Flips one bit of a text in the file. */
    const flip = (text: string): void => {
      const bytes = readFileSync(rulesDb());
      const at = bytes.indexOf(text);
      expect(at).toBeGreaterThan(0);
      for (let found = at; found >= 0; found = bytes.indexOf(text, found + 1))
        bytes[found] = (bytes[found] ?? 0) ^ 1;
      writeFileSync(rulesDb(), bytes);
    };

    it('leave no rules, say so, and let new ones be created', async () => {
      writeFileSync(rulesDb(), 'garbage'.repeat(1_000));
      gateway = await Gateway.start({ DATA_DIR: gateway.dataDir });
      expect(await gateway.json('/api/rules')).toEqual([]);
      expect((await criticals())[0]).toMatch(/^rules.db was damaged and was moved to .*: all rules are lost/);
      expect((await gateway.post('/api/rules', { kind: 'silent', afterSeconds: 1 })).status).toBe(201);
      await send(70);
      await untilSilent();
    });

    it('lose the rule of a flipped bit and no other, and say so once', async () => {
      flip('"threshold":80');
      for (const count of [1, 1]) {
        gateway = await Gateway.start({ DATA_DIR: gateway.dataDir });
        expect(await gateway.json('/api/rules')).toMatchObject([{ name: 'quiet' }]);
        const losses = (await criticals()).filter((message) => message.includes('1 rules are lost'));
        expect(losses).toHaveLength(count);
        await gateway.stop();
      }
    });

    it('start over with the sensor whose rule state has a flipped bit', async () => {
      flip('"newestUs":');
      gateway = await Gateway.start({ DATA_DIR: gateway.dataDir });
      expect(
        (await criticals()).filter((message) => message.includes('rules start over with 1 sensors')),
      ).toHaveLength(1);
      await send(90);
      await until(
        async () =>
          (await criticals()).some((message) => message.includes('s is above 80')) ? true : undefined,
        'the rule to be judged',
      );
    });
  });
});
