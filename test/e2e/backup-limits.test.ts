import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { backup, enlargeState, Load, numbersIn, restore } from '../support/backup.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

/** Nothing listens on port 9: all that is acknowledged stays in the journal. */
const NOWHERE = {
  INFLUXDB_URL: 'http://127.0.0.1:9',
  INFLUXDB_TOKEN: 't',
  INFLUXDB_ORG: 'o',
  INFLUXDB_BUCKET: 'b',
};

/** Without compression, which would leave little that a slow client does not read. */
const askForBackup = (gateway: Gateway): Promise<Response> =>
  gateway.get('/api/backup', { method: 'POST', headers: { 'accept-encoding': 'identity' } });

describe('a backup of a gateway whose store is down', () => {
  it('holds what is queued, in its order', async () => {
    const before = await Gateway.start(NOWHERE);
    for (let round = 0; round < 3; round += 1) {
      const readings = Array.from({ length: 50 }, (_, index) => ({
        ...Load.reading(index),
        value: round,
        latencyMs: 1,
      }));
      expect((await before.post('/api/ingest/batch', readings)).status).toBe(200);
    }
    const dir = emptyFolder();
    expect(await backup(before, dir)).toMatchObject({ code: 0 });
    await before.stop('SIGKILL');
    const dataDir = emptyFolder();
    const restored = await restore(dir, dataDir);
    expect(restored.code).toBe(0);
    expect(restored.output).toContain('Warning: the gateway of this backup had its readings in InfluxDB');
    const still = await Gateway.start({ ...NOWHERE, DATA_DIR: dataDir });
    expect(await still.pipeline()).toMatchObject({ accepted: 150, queued: 150, damaged: 0 });
    await still.stop();
    const embedded = await Gateway.start({ DATA_DIR: dataDir });
    await embedded.settled();
    expect(await numbersIn(embedded)).toEqual(new Set([2]));
    await embedded.stop();
  });
});

describe('a gateway whose disk has too little space for a copy', () => {
  it('makes no backup, and says so', async () => {
    // So much is never free.
    const gateway = await Gateway.start({ DISK_RESERVE_BYTES: String(2 ** 50) });
    const dir = join(emptyFolder(), 'backup');
    const { code, output } = await backup(gateway, dir);
    expect(code).toBe(2);
    expect(output).toMatch(/answers 503: The disk of DATA_DIR has too little space for a backup: /);
    expect(existsSync(dir)).toBe(false);
    expect(existsSync(join(gateway.dataDir, 'backing-up'))).toBe(false);
    // The next attempt is refused for the same reason, not because of the one before.
    expect(await (await askForBackup(gateway)).json()).toMatchObject({ code: 'DISK_FULL' });
    await gateway.stop();
  });
});

describe('a client that does not read its backup', () => {
  it('gives the journal its space back, and is told', async () => {
    const before = await Gateway.start();
    await before.stop();
    enlargeState(before.dataDir);
    const gateway = await Gateway.start({
      DATA_DIR: before.dataDir,
      JOURNAL_MAX_BYTES: String(4 << 20),
    });
    const send = async (from: number, count: number): Promise<number> => {
      const readings = Array.from({ length: count }, (_, index) => ({
        ...Load.reading(from + index),
        latencyMs: 1,
      }));
      return (await gateway.post('/api/ingest/batch', readings)).status;
    };
    const response = await askForBackup(gateway);
    expect(response.status).toBe(200);
    expect((await askForBackup(gateway)).status).toBe(503);
    for (let at = 0; at < 100_000; at += 2_000) {
      expect(await send(at, 2_000)).toBe(200);
      await sleep(40);
    }
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.subarray(-200).toString('latin1')).toContain('read so slowly that the journal kept 50 %');
    await until(
      async () =>
        ((await gateway.json('/api/logs?type=anomaly')) as { message: string }[]).find(({ message }) =>
          message.includes('was not completed'),
        ),
      'an entry of the log',
    );
    const next = await askForBackup(gateway);
    expect(next.status).toBe(200);
    await next.body?.cancel();
    await gateway.stop();
  });
});
