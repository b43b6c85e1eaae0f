import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { CallThread } from '../../src/common/workers/call-thread.js';
import { run } from '../support/child.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { InfluxdProcess, onboard } from '../support/influxd.js';
import { fromInfluxDb, settle } from './account.js';
import { fillUp } from './fill-up.js';
import { Load } from './load.js';

const LIBRARY = join(emptyFolder(), 'faults.so');

describe('a disk', () => {
  let influxFolder: string;
  let server: InfluxdProcess;
  let env: Record<string, string>;

  beforeAll(async () => {
    const source = join(import.meta.dirname, 'faults.c');
    const built = await run('cc', ['-shared', '-fPIC', '-o', LIBRARY, source, '-ldl']);
    expect(built).toEqual({ code: 0, output: '' });
    influxFolder = emptyFolder();
    server = await InfluxdProcess.start(influxFolder);
    const { token, org, bucket } = await onboard(server.url);
    env = { INFLUXDB_URL: server.url, INFLUXDB_TOKEN: token, INFLUXDB_ORG: org, INFLUXDB_BUCKET: bucket };
  });
  afterAll(async () => {
    await server.discard();
  });

  it('that loses its power keeps all that was acknowledged: only what was synced is left', async () => {
    const synced = join(emptyFolder(), 'synced');
    const faults = { LD_PRELOAD: LIBRARY, FAULT_SYNCED: synced };
    const { port } = server;
    await server.stop();
    const load = new Load(10, 'power');
    let gateway = await Gateway.start({ ...env, ...faults });
    const { dataDir } = gateway;
    const sending = load.send(() => gateway, 8);
    for (let cut = 0; cut < 5; cut += 1) {
      await load.untilMore(1_000);
      await gateway.stop('SIGKILL');
      cutToSynced(join(dataDir, 'journal'), readFileSync(synced, 'utf8'));
      gateway = await Gateway.start({
        ...env,
        ...faults,
        DATA_DIR: dataDir,
        PORT: new URL(gateway.url).port,
      });
    }
    load.stop();
    await sending;
    server = await InfluxdProcess.start(influxFolder, port);
    await settle(
      'power cut, 5 times: what was not synced is gone',
      load,
      gateway,
      fromInfluxDb(env, server.url),
    );
    expect((await gateway.pipeline()).damaged).toBe(0);
    await gateway.stop();
  });

  it('whose fsync fails is answered with 503, and nothing acknowledged before or after is lost', async () => {
    const trigger = join(emptyFolder(), 'fail');
    const load = new Load(10, 'fsync');
    const gateway = await Gateway.start({ ...env, LD_PRELOAD: LIBRARY, FAULT_FSYNC_FAILS: trigger });
    const sending = load.send(() => gateway, 4);
    for (let failure = 0; failure < 3; failure += 1) {
      await load.untilMore(500);
      const before = putOff(load);
      writeFileSync(trigger, '');
      await until(() => (putOff(load) > before + 100 ? true : undefined), 'refusals');
      rmSync(trigger);
    }
    await load.untilMore(500);
    load.stop();
    await sending;
    expect(Object.keys((await gateway.pipeline()).refused)).toEqual(['JOURNAL_UNAVAILABLE']);
    await gateway.stop('SIGKILL');
    const second = await Gateway.start({ ...env, DATA_DIR: gateway.dataDir });
    await settle('a failed fsync, 3 times, then kill -9', load, second, fromInfluxDb(env, server.url));
    await second.stop();
  });

  it.each([
    ['with room given back from outside', true],
    ['with no room from outside', false],
  ])('that is full, %s, refuses, and accepts again by itself', async (how, outside) => {
    const disk = emptyFolder();
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', disk]);
    expect(mounted).toEqual({ code: 0, output: '' });
    try {
      const { port } = server;
      await server.stop();
      const load = new Load(10, outside ? 'room' : 'full');
      const dataDir = join(disk, 'data');
      mkdirSync(dataDir);
      const gateway = await Gateway.start({ ...env, DATA_DIR: dataDir, DISK_RESERVE_BYTES: String(8 << 20) });
      while (await load.sendBatch(gateway, 1_000));
      expect(Object.keys((await gateway.pipeline()).refused)).toEqual(['DISK_FULL']);
      fillUp(join(disk, 'filler'));
      expect(await gateway.json(`/api/latest/${load.prefix}1`)).toMatchObject({ found: true, stale: true });
      expect(await load.sendBatch(gateway, 1)).toBe(false);
      if (outside) rmSync(join(disk, 'filler'));
      server = await InfluxdProcess.start(influxFolder, port);
      await until(
        async () => ((await load.sendBatch(gateway, 10)) ? true : undefined),
        'readings to be accepted again',
        90_000,
      );
      await settle(`disk full, ${how}`, load, gateway, fromInfluxDb(env, server.url));
      await gateway.stop();
      expect(existsSync(join(dataDir, 'damaged'))).toBe(false);
    } finally {
      await run('umount', ['-l', disk]);
    }
  });

  it('repeats what found the disk full before what was called behind it', async () => {
    const disk = emptyFolder();
    expect(await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk])).toEqual({
      code: 0,
      output: '',
    });
    const filler = join(disk, 'filler');
    const script = new URL('../support/noted-order.mjs', import.meta.url);
    let made = 0;
    const makeRoom = (): void => {
      made += 1;
      rmSync(filler);
    };
    const thread = await CallThread.open<{ note: (text: string) => void; order: () => string[] }>(
      script,
      join(disk, 'notes.db'),
      { aside: undefined, makeRoom },
    );
    try {
      // Little notes still fit, a large one does not.
      writeFileSync(filler, Buffer.alloc(1_500_000));
      const large = ['first', 'third'].map((text) => text.padEnd(400_000, '.'));
      const calls = [large[0], 'second', large[1], 'fourth'].map((text = '') => thread.call('note', [text]));
      await Promise.all(calls);
      expect(await thread.call('order', [])).toEqual(['first', 'secon', 'third', 'fourt']);
      expect(made).toBe(1);
    } finally {
      await thread.close();
      await run('umount', ['-l', disk]);
    }
  });
});

/** Readings in requests that were answered 503. */
function putOff({ ledger }: Load): number {
  return [...ledger.putOff.values()].reduce((sum, count) => sum + count, 0);
}

/** The least that a power cut may leave: the synced part of each segment, and no segment that was never synced. */
function cutToSynced(journal: string, log: string): void {
  const sizes = new Map(log.split('\n').map((line) => line.split(' ') as [string, string]));
  for (const name of readdirSync(journal).filter((file) => file.endsWith('.seg'))) {
    truncateSync(join(journal, name), Number(sizes.get(name) ?? 0));
  }
}
