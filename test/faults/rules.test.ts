import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { run } from '../support/child.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { fillUp } from './fill-up.js';

const KILLS = process.env.FAULTS_LONG ? 40 : 6;
const SENSORS = 20;
const THRESHOLD = 50;
const HYSTERESIS = 10;
const BEGIN_MS = Date.UTC(2026, 0, 30);

/** What a sensor sends, again and again until it is acknowledged, in the order of its clock. */
class Device {
  readonly sent: { readonly value: number; readonly timestamp: number }[] = [];

  constructor(readonly sensorId: string) {}

  async send(gateway: () => Gateway, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const batch = Array.from({ length: 1 + Math.floor(Math.random() * 200) }, () => {
        // Many readings and few events: journal segments are soon deleted, and the log has room for all events.
        const value = Math.random() < 0.02 ? 100 : 30 + Math.round(Math.random() * 15);
        const one = { value, timestamp: BEGIN_MS + this.sent.length * 1_000 };
        this.sent.push(one);
        return { sensorId: this.sensorId, zone: 'hall', latencyMs: 1, ...one };
      });
      for (;;) {
        const status = await gateway()
          .post('/api/ingest/batch', batch)
          .then(
            (response) => response.status,
            () => 0,
          );
        if (status === 200) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** The events that its readings make, computed without any code of the gateway. */
  events(): string[] {
    const events: string[] = [];
    let active = false;
    for (const { value, timestamp } of this.sent) {
      const now: boolean = active ? value > THRESHOLD - HYSTERESIS : value > THRESHOLD;
      if (now !== active) events.push(`${this.sensorId} ${now ? 'critical' : 'normal'} ${timestamp}`);
      active = now;
    }
    return events;
  }
}

describe('rules of a gateway that is killed', () => {
  it(`lose no event and make none twice, with ${KILLS} kills`, async () => {
    // A small journal has small segments, which are deleted as soon as they are not needed.
    const env = { DATA_DIR: emptyFolder(), JOURNAL_MAX_BYTES: String(4 << 20) };
    let gateway = await Gateway.start(env);
    const response = await gateway.post('/api/rules', {
      kind: 'above',
      threshold: THRESHOLD,
      hysteresis: HYSTERESIS,
    });
    const { id } = (await response.json()) as { id: string };
    let isOver = false;
    const devices = Array.from({ length: SENSORS }, (_, i) => new Device(`pump_${i}`));
    const sending = devices.map((device) =>
      device.send(
        () => gateway,
        () => isOver,
      ),
    );
    for (let kill = 0; kill < KILLS; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 2_000));
      await gateway.stop('SIGKILL');
      gateway = await Gateway.start({ ...env, PORT: new URL(gateway.url).port });
    }
    isOver = true;
    await Promise.all(sending);
    // A clean stop ends after all readings are judged.
    await gateway.stop();
    gateway = await Gateway.start(env);
    const found = await eventsOf(gateway, id);
    expect(account(found, devices)).toEqual(ALL_ONCE);
    expect(found.length).toBeGreaterThan(1_000);
    await gateway.stop();
  });
});

const ALL_ONCE = { lost: [], repeated: [], wrong: [] };

/** Which events are missing, there more than once, or should not be there: the first of each. */
function account(
  found: readonly string[],
  devices: readonly Device[],
): Record<keyof typeof ALL_ONCE, string[]> {
  const expected = new Set(devices.flatMap((device) => device.events()));
  const count = new Map<string, number>();
  for (const event of found) count.set(event, (count.get(event) ?? 0) + 1);
  const once = [...count.keys()];
  return {
    lost: [...expected].filter((event) => !count.has(event)).slice(0, 5),
    repeated: once.filter((event) => count.get(event) !== 1).slice(0, 5),
    wrong: once.filter((event) => !expected.has(event)).slice(0, 5),
  };
}

/** All events of a rule, in the form of Device.events(). */
async function eventsOf(gateway: Gateway, ruleId: string): Promise<string[]> {
  const found: string[] = [];
  let path: string | undefined = `/api/logs?ruleId=${ruleId}&limit=1000`;
  while (path !== undefined) {
    const page = await gateway.get(path);
    for (const { sensorId, type, time } of (await page.json()) as Record<string, string>[])
      found.push(`${sensorId} ${type} ${Date.parse(time ?? '')}`);
    path = /<(.*)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
  }
  return found;
}

describe('rules on a disk that is full', () => {
  it('lose no event and make none twice', async () => {
    const disk = emptyFolder();
    expect(await run('mount', ['-t', 'tmpfs', '-o', 'size=60m', 'tmpfs', disk])).toEqual({
      code: 0,
      output: '',
    });
    try {
      const dataDir = join(disk, 'data');
      mkdirSync(dataDir);
      let gateway = await Gateway.start({ DATA_DIR: dataDir, DISK_RESERVE_BYTES: String(8 << 20) });
      const rule = { kind: 'above', threshold: THRESHOLD, hysteresis: HYSTERESIS };
      const { id } = (await (await gateway.post('/api/rules', rule)).json()) as { id: string };
      let isOver = false;
      const devices = Array.from({ length: 5 }, (_, i) => new Device(`pump_${i}`));
      const sending = devices.map((device) =>
        device.send(
          () => gateway,
          () => isOver,
        ),
      );
      const sentSince = (before: number): true | undefined =>
        devices.reduce((sum, { sent }) => sum + sent.length, 0) > before + 1_000 ? true : undefined;
      await until(() => sentSince(0), 'readings to be accepted');
      fillUp(join(disk, 'filler'));
      const isRefusing = async (): Promise<true | undefined> =>
        ((await gateway.pipeline()).refused.DISK_FULL ?? 0) > 1_000 ? true : undefined;
      await until(isRefusing, 'readings to be refused');
      rmSync(join(disk, 'filler'));
      const before = devices.reduce((sum, { sent }) => sum + sent.length, 0);
      await until(() => sentSince(before), 'readings to be accepted again', 60_000);
      isOver = true;
      await Promise.all(sending);
      await gateway.stop();
      gateway = await Gateway.start({ DATA_DIR: dataDir });
      expect(account(await eventsOf(gateway, id), devices)).toEqual(ALL_ONCE);
      await gateway.stop();
    } finally {
      await run('umount', ['-l', disk]);
    }
  });
});

describe('rules whose files cannot be written', () => {
  it.each(['rules.db', 'system-log.db'])('lose no event and make none twice (%s)', async (file) => {
    const gateway = await Gateway.start();
    const rule = { kind: 'above', threshold: THRESHOLD, hysteresis: HYSTERESIS };
    const { id } = (await (await gateway.post('/api/rules', rule)).json()) as { id: string };
    const device = new Device('pump');
    let isOver = false;
    const sending = device.send(
      () => gateway,
      () => isOver,
    );
    const other = new Database(join(gateway.dataDir, file));
    other.exec('BEGIN IMMEDIATE');
    await gateway.waitForOutput(/Rules stopped/);
    other.exec('ROLLBACK');
    other.close();
    isOver = true;
    await sending;
    const { length } = device.events();
    await until(
      async () => ((await eventsOf(gateway, id)).length >= length ? true : undefined),
      'what was accepted to be judged',
    );
    expect(account(await eventsOf(gateway, id), [device])).toEqual(ALL_ONCE);
    const events = (await gateway.json('/api/logs?limit=1000')) as { message: string; ruleId?: string }[];
    const own = events.filter(({ ruleId }) => ruleId === undefined).map(({ message }) => message);
    // While the system log accepts no writes, it does not accept this one either.
    const begun = file === 'rules.db' ? [expect.stringMatching(/^Rules stopped \(database is locked\)/)] : [];
    expect(own).toEqual(
      expect.arrayContaining([...begun, 'Rules continue; readings accepted in the meantime are judged now']),
    );
    await gateway.stop();
  });
});

describe('rules that fall behind', () => {
  it('drop the one that keeps them busy', async () => {
    const gateway = await Gateway.start();
    const response = await gateway.post('/api/rules', { kind: 'above', threshold: 0 });
    const { id } = (await response.json()) as { id: string };
    for (let begin = 0; begin < 600_000; begin += 10_000) {
      const body = Array.from({ length: 10_000 }, (_, i) => ({
        ...{ sensorId: 's', zone: 'hall', latencyMs: 1, timestamp: BEGIN_MS + begin + i },
        value: i % 2,
      }));
      expect((await gateway.post('/api/ingest/batch', body)).status).toBe(200);
    }
    const begunMs = Date.now();
    expect((await gateway.get(`/api/rules/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(Date.now() - begunMs).toBeLessThan(2_000);
    await gateway.stop();
  });
});
