import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import Database from 'better-sqlite3';

import { enlargeState, fileIn } from '../support/backup.js';
import { Child, run } from '../support/child.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

const COMMAND = 'dist/cli/predictionx.js';
const READINGS = 200_000;
const BATCH = 5_000;
const BEGIN_MS = Date.UTC(2026, 0, 30);

/** The command, while it runs. */
function backup(gateway: Gateway, dir: string): Child {
  return new Child('node', [COMMAND, 'backup', dir, '--url', gateway.url]);
}

function restore(dir: string, dataDir: string): Child {
  return new Child('node', [COMMAND, 'restore', dir], { DATA_DIR: dataDir });
}

/** Without compression, which would leave little that a slow client does not read. */
function askForBackup(gateway: Gateway): Promise<Response> {
  return gateway.get('/api/backup', { method: 'POST', headers: { 'accept-encoding': 'identity' } });
}

/** Runs a command to its end. */
async function ended(command: Child): Promise<{ code: number | null; output: string }> {
  const { code } = await command.exited;
  return { code, output: command.output };
}

/**
 * Kills something in the middle of a backup; again when the backup was faster.
 * @returns how the command ended
 */
async function killDuring(
  gateway: () => Gateway,
  folder: string,
  kill: (making: Child) => Promise<unknown>,
): Promise<{ code: number | null; output: string }> {
  const part = `${fileIn(folder)}.part`;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const making = backup(gateway(), folder);
    const end = Date.now() + 30_000;
    // Often, because all of it takes less than half a second.
    while (!existsSync(part) && !existsSync(fileIn(folder)) && Date.now() < end) await sleep(2);
    await kill(making);
    const result = await ended(making);
    if (!existsSync(fileIn(folder))) return result;
    rmSync(fileIn(folder));
  }
  throw new Error('Each backup was made before the kill');
}

/** How many readings the store in a folder has, and a sum over them. */
function storedIn(dataDir: string): unknown {
  const db = new Database(join(dataDir, 'readings.db'), { readonly: true });
  const row = db.prepare('SELECT count(*), sum(value), sum(timestamp_us - ?) FROM readings').raw();
  const found = row.get(BEGIN_MS * 1_000);
  db.close();
  return found;
}

async function withDisk(megabytes: number, use: (disk: string) => Promise<void>): Promise<void> {
  const disk = emptyFolder();
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk]);
  expect(mounted).toEqual({ code: 0, output: '' });
  try {
    await use(disk);
  } finally {
    await run('umount', ['-l', disk]);
  }
}

async function startRefused(dataDir: string): Promise<void> {
  const gateway = Gateway.launch({ DATA_DIR: dataDir });
  expect((await gateway.exit()).code).toBe(1);
  expect(gateway.output).toMatch(/a restore is running, or was cut off/);
}

describe('a backup, when something goes wrong', () => {
  const dir = join(emptyFolder(), 'backup');
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start();
    for (let from = 0; from < READINGS; from += BATCH) {
      const readings = Array.from({ length: BATCH }, (_, index) => ({
        sensorId: `sensor_${(from + index) % 50}`,
        zone: 'z',
        value: from + index,
        latencyMs: 1,
        timestamp: BEGIN_MS + from + index,
      }));
      expect((await gateway.post('/api/ingest/batch', readings)).status).toBe(200);
    }
    await gateway.settled();
    expect(await ended(backup(gateway, dir))).toMatchObject({ code: 0 });
  });
  afterAll(() => gateway.stop());

  it('is restored whole by a restore after others that were killed', async () => {
    const dataDir = join(emptyFolder(), 'data');
    let killed = 0;
    for (const afterMs of [0, 100, 300]) {
      const restoring = restore(dir, dataDir);
      await until(() => existsSync(join(dataDir, 'restoring')) || undefined, 'the restore to begin');
      // Every other moment is right, too: the folder must never be taken for a whole one.
      await sleep(afterMs);
      await restoring.kill('SIGKILL');
      if (!existsSync(join(dataDir, 'restoring'))) break;
      killed += 1;
    }
    expect(killed).toBeGreaterThanOrEqual(2);
    await startRefused(dataDir);
    expect(await ended(restore(dir, dataDir))).toMatchObject({ code: 0 });
    const restored = await Gateway.start({ DATA_DIR: dataDir });
    await restored.settled();
    expect(await restored.pipeline()).toMatchObject({ accepted: READINGS, stored: READINGS, damaged: 0 });
    expect(storedIn(dataDir)).toEqual(storedIn(gateway.dataDir));
    await restored.stop();
  });

  it('is none when the command was killed, and the next one makes it', async () => {
    const folder = emptyFolder();
    await killDuring(
      () => gateway,
      folder,
      (making) => making.kill('SIGKILL'),
    );
    expect(readdirSync(folder)).toEqual(['gateway.backup.part']);
    const refused = await ended(restore(folder, join(emptyFolder(), 'data')));
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.output).toMatch(/holds no gateway\.backup: .*\.part was cut off, make a new backup/);
    const again = async (): Promise<true | undefined> => {
      const { code, output } = await ended(backup(gateway, folder));
      if (code !== 0) expect(output).toMatch(/answers 503: Another backup is running/);
      return code === 0 ? true : undefined;
    };
    await until(again, 'the next backup');
    expect(readdirSync(folder)).toEqual(['gateway.backup']);
  });

  it('is none when the disk for it is full, and the command says so', async () => {
    await withDisk(2, async (disk) => {
      const folder = join(disk, 'backup');
      const { code, output } = await ended(backup(gateway, folder));
      expect(code).toBe(2);
      expect(output).toMatch(/There is no backup: the disk for .*gateway\.backup is full \(ENOSPC/);
      expect(readdirSync(folder)).toEqual([]);
    });
    expect((await gateway.get('/api/health/ready')).status).toBe(200);
  });

  it('is not restored while the disk is full, but later', async () => {
    await withDisk(6, async (disk) => {
      const dataDir = join(disk, 'data');
      mkdirSync(dataDir);
      const { code, output } = await ended(restore(dir, dataDir));
      expect(code).toBe(2);
      expect(output).toMatch(/The restore into .* failed: the disk is full .*Run the command again/);
      await startRefused(dataDir);
      await run('mount', ['-o', 'remount,size=200m', disk]);
      expect(await ended(restore(dir, dataDir))).toMatchObject({ code: 0 });
      const restored = await Gateway.start({ DATA_DIR: dataDir });
      expect(await restored.pipeline()).toMatchObject({ accepted: READINGS, damaged: 0 });
      await restored.stop();
    });
  });

  it('is given up as soon as the disk is full, though its client does not read', async () => {
    await withDisk(300, async (disk) => {
      const options = { DATA_DIR: join(disk, 'data'), DISK_RESERVE_BYTES: String(1 << 20) };
      await (await Gateway.start(options)).stop();
      enlargeState(options.DATA_DIR);
      const used = await Gateway.start(options);
      const send = async (): Promise<number> =>
        (await used.post('/api/ingest', { sensorId: 's', zone: 'z', value: 1, latencyMs: 1 })).status;
      const response = await askForBackup(used);
      expect(response.status).toBe(200);
      expect(existsSync(join(options.DATA_DIR, 'backing-up'))).toBe(true);
      const { bavail, bsize } = statfsSync(disk);
      const others = String(bavail * bsize - (512 << 10));
      expect(await run('fallocate', ['-l', others, join(disk, 'others')])).toMatchObject({ code: 0 });
      const first = await send();
      const left = [statfsSync(disk).bavail * bsize, readdirSync(options.DATA_DIR), used.output];
      expect({ first, left }).toEqual({ first: 503, left });
      await until(async () => ((await send()) === 201 ? true : undefined), 'readings to be accepted');
      expect(existsSync(join(options.DATA_DIR, 'backing-up'))).toBe(false);
      // Its space is not enough for the next one.
      expect((await askForBackup(used)).status).toBe(503);
      const end = Buffer.from(await response.arrayBuffer()).subarray(-200);
      expect(end.toString('latin1')).toContain('the disk of DATA_DIR is full, and readings were refused');
      await used.stop();
    });
  });

  it('does not end the gateway when its copy cannot be deleted', async () => {
    await withDisk(400, async (disk) => {
      const dataDir = join(disk, 'data');
      const copies = join(dataDir, 'backing-up');
      await (await Gateway.start({ DATA_DIR: dataDir })).stop();
      enlargeState(dataDir);
      const used = await Gateway.start({ DATA_DIR: dataDir });
      const response = await askForBackup(used);
      // A folder that something is mounted on cannot be deleted.
      expect(await run('mount', ['-t', 'tmpfs', 'tmpfs', copies])).toEqual({ code: 0, output: '' });
      await response.body?.cancel();
      await until(() => used.output.includes('Cannot delete backing-up: EBUSY') || undefined, 'a warning');
      expect((await used.get('/api/health/ready')).status).toBe(200);
      await run('umount', [copies]);
      await (await askForBackup(used)).arrayBuffer();
      await until(() => !existsSync(copies) || undefined, 'the next backup to delete it');
      await used.stop();
    });
  });

  it('is none when the gateway was killed, which works as before when it starts again', async () => {
    const folder = emptyFolder();
    const killAndStart = async (): Promise<void> => {
      await gateway.stop('SIGKILL');
      gateway = await Gateway.start({ DATA_DIR: gateway.dataDir });
    };
    const { code, output } = await killDuring(() => gateway, folder, killAndStart);
    expect(code).toBe(2);
    expect(output).toMatch(/There is no backup: the connection broke/);
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(join(gateway.dataDir, 'backing-up'))).toBe(false);
    expect(await ended(backup(gateway, folder))).toMatchObject({ code: 0 });
  });
});
