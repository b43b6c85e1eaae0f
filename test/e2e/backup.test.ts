import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  type BackupEnd,
  FIRST_LINE,
  frameHead,
  FrameKind,
  summaryOf,
} from '../../src/backup/backup-format.js';
import { readBackup } from '../../src/backup/read-backup.js';
import { backup, fileIn, Load, numbersIn, restore, SENSORS, START_MS } from '../support/backup.js';
import { emptyFolder, until } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { ADMIN_KEY, makeKey } from '../support/keys.js';

/** The same backup with other content, and the right checksum. */
async function changed(
  backupFile: Buffer,
  change: (kind: FrameKind, body: Buffer) => Buffer,
): Promise<Buffer> {
  const parts: Buffer[] = [FIRST_LINE];
  const whole = async function* (): AsyncGenerator<Buffer> {
    await Promise.resolve();
    yield backupFile;
  };
  for await (const { kind, body } of readBackup(whole())) {
    let after = change(kind, Buffer.from(body));
    if (kind === FrameKind.END) {
      const end = JSON.parse(after.toString()) as BackupEnd;
      const hash = createHash('sha256').update(Buffer.concat(parts)).update(summaryOf(end));
      after = Buffer.from(JSON.stringify({ ...end, sha256: hash.digest('hex') }));
    }
    parts.push(frameHead(kind, after.length), after);
  }
  return Buffer.concat(parts);
}

/** The first line of a field that the stream sends. */
async function firstInStream(gateway: Gateway, field: 'id' | 'event', lastEventId?: string): Promise<string> {
  const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await gateway.get('/api/stream', { headers });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    const [, value] = new RegExp(`^${field}: (.+)$`, 'm').exec(text) ?? [];
    if (value !== undefined) return value;
  }
  throw new Error(`No ${field} came:\n${text}`);
}

describe('a backup of a gateway that is used', () => {
  const dir = join(emptyFolder(), 'backup');
  const restored = join(emptyFolder(), 'data');
  let gateway: Gateway;
  let before: Gateway;
  let acknowledged = 0;
  let id = '';
  let device = '';
  let ruleId = '';

  beforeAll(async () => {
    before = await Gateway.start({ ADMIN_KEY });
    before.key = ADMIN_KEY;
    device = (await makeKey(before, { name: 'device', role: 'device' })).key;
    const rule = { name: 'high', kind: 'above', sensorId: 'hot', threshold: 5 };
    ruleId = ((await (await before.post('/api/rules', rule)).json()) as { id: string }).id;
    const hot = { sensorId: 'hot', zone: 'hall_2', value: 9, latencyMs: 1, timestamp: START_MS };
    await before.post('/api/ingest', hot, { 'idempotency-key': 'once' });
    await until(
      async () => ((await before.json('/api/logs?sensorId=hot')) as object[])[0],
      'an event of the rule',
    );
    const wrong = { sensorId: 'wrong', zone: 'hall_2', value: 9, latencyMs: 1 };
    await before.post('/api/ingest', { ...wrong, timestamp: START_MS });
    const deleted = await before.get('/api/readings/wrong?all=true', { method: 'DELETE' });
    expect(deleted.status).toBe(200);
    await before.post('/api/ingest', { ...wrong, timestamp: START_MS + 1 });
    const load = new Load(before);
    await until(() => (load.acknowledged >= 4_000 ? true : undefined), 'some readings to be accepted');
    ({ acknowledged } = load);
    id = await firstInStream(before, 'id');
    const made = await backup(before, dir);
    expect(made.output).toContain(fileIn(dir));
    expect(made.code).toBe(0);
    await until(
      () => (load.acknowledged >= acknowledged + 2_000 ? true : undefined),
      'readings after the backup',
    );
    const killed = before.stop('SIGKILL');
    await load.stop();
    await killed;
    const result = await restore(dir, restored);
    expect(result).toMatchObject({ code: 0 });
    expect(result.output).not.toContain('Warning');
    gateway = await Gateway.start({ ADMIN_KEY, DATA_DIR: restored });
    gateway.key = ADMIN_KEY;
    await gateway.settled();
  }, 60_000);
  afterAll(() => gateway.stop());

  it('has every reading that was acknowledged before it began, as it was sent', async () => {
    const numbers = await numbersIn(gateway);
    const missing = Array.from({ length: acknowledged }, (_, number) => number).filter(
      (one) => !numbers.has(one),
    );
    expect(missing).toEqual([]);
    const last = Load.reading(acknowledged - 1);
    const found = (await gateway.json(
      `/api/readings/${last.sensorId}?from=${new Date(last.timestamp).toISOString()}&limit=1`,
    )) as object[];
    expect(found).toMatchObject([{ zone: last.zone, value: last.value, latencyMs: 1 }]);
  });

  it('keeps what accepted, stored and queued add up to', async () => {
    const { accepted, stored, queued, deadLettered, damaged } = await gateway.pipeline();
    expect(accepted).toBe(stored + queued + deadLettered);
    expect(damaged).toBe(0);
    // Those of the sensors "hot" and "wrong" have the value of another one, and one of them was deleted.
    expect(accepted).toBe((await numbersIn(gateway)).size + 3);
  });

  it('knows latest, sensors, rules, the log, keys and answers', async () => {
    expect(await gateway.json('/api/latest/hot')).toMatchObject({ value: 9, found: true });
    expect(await gateway.json('/api/sensors')).toHaveLength(SENSORS + 2);
    expect(await gateway.json('/api/readings/wrong?from=2026-01-01T00:00:00Z')).toMatchObject([
      { timestamp: new Date(START_MS + 1).toISOString() },
    ]);
    expect(await gateway.json(`/api/rules/${ruleId}`)).toMatchObject({ name: 'high', threshold: 5 });
    const events = (await gateway.json('/api/logs?sensorId=hot')) as { ruleId?: string }[];
    expect(events.filter((one) => one.ruleId === ruleId)).toHaveLength(1);
    const hot = { sensorId: 'hot', zone: 'hall_2', value: 9, latencyMs: 1, timestamp: START_MS };
    const authorization = `Bearer ${device}`;
    const again = await gateway.post('/api/ingest', hot, { authorization });
    expect(again.status).toBe(201);
    const { accepted } = await gateway.pipeline();
    expect((await gateway.post('/api/ingest', hot, { 'idempotency-key': 'once' })).status).toBe(201);
    expect((await gateway.pipeline()).accepted).toBe(accepted);
    expect(gateway.output).not.toMatch(/damaged|lost/);
  });

  it('makes clients of the stream start over, who have an id of before', async () => {
    expect(await firstInStream(gateway, 'event', id)).toBe('reset');
  });

  it('is for its owner alone, and is never overwritten', async () => {
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(fileIn(dir)).mode & 0o777).toBe(0o600);
    for (const name of readdirSync(restored)) expect(statSync(join(restored, name)).mode & 0o077).toBe(0);
    const again = await backup(gateway, dir);
    expect(again.code).toBe(2);
    expect(again.output).toContain('exists already');
  });

  it('is in the log, with who made it', async () => {
    const other = join(emptyFolder(), 'backup');
    expect(await backup(gateway, other)).toMatchObject({ code: 0 });
    await until(
      async () =>
        ((await gateway.json('/api/logs?type=normal')) as { message: string }[]).find(({ message }) =>
          message.startsWith('ADMIN_KEY made a backup ('),
        ),
      'an entry of the log',
    );
    await until(() => (existsSync(join(restored, 'backing-up')) ? undefined : true), 'the copies to be gone');
  });

  it('can be followed by the next one at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const response = await gateway.get('/api/backup', { method: 'POST' });
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
  });

  it('needs the key of an admin', async () => {
    const none = await backup(gateway, join(emptyFolder(), 'b'), '');
    expect(none.code).toBe(2);
    expect(none.output).toMatch(/answers 401: .*Give a key of role admin/);
    const wrong = await backup(gateway, join(emptyFolder(), 'b'), 'wrong');
    expect(wrong.output).toMatch(/answers 401: .*Give a key of role admin/);
    const notAdmin = await backup(gateway, join(emptyFolder(), 'b'), device);
    expect(notAdmin.output).toMatch(/answers 403: /);
  });

  it('is refused by a folder that is not empty, or that a gateway uses', async () => {
    const used = await restore(dir, restored);
    expect(used.code).toBe(2);
    expect(used.output).toMatch(/is in use by a gateway/);
    const other = emptyFolder();
    writeFileSync(join(other, 'mine.txt'), '');
    const full = await restore(dir, other);
    expect(full.code).toBe(2);
    expect(full.output).toMatch(/is not empty: it holds mine\.txt/);
    expect(readdirSync(other)).toEqual(['mine.txt']);
  });

  it('is refused when it is damaged or was cut off, and then nothing is written', async () => {
    const bytes = readFileSync(fileIn(dir));
    const damaged = emptyFolder();
    const target = join(emptyFolder(), 'data');
    for (const length of [10, bytes.length - 1]) {
      writeFileSync(fileIn(damaged), bytes.subarray(0, length));
      const { code, output } = await restore(damaged, target);
      expect(code).toBe(2);
      expect(output).toMatch(/cannot be restored: it was cut off/);
    }
    const flipped = Buffer.from(bytes);
    const at = Math.floor(bytes.length / 3);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    writeFileSync(fileIn(damaged), flipped);
    const { code, output } = await restore(damaged, target);
    expect(code).toBe(2);
    expect(output).toMatch(/cannot be restored: it (?:is damaged|was cut off)/);
    expect((await restore(damaged, target, '--check')).code).toBe(2);
    expect(await restore(dir, target, '--check')).toMatchObject({ code: 0 });
    expect(existsSync(target)).toBe(false);
  });

  it('is not to be restored again when a file in it is damaged', async () => {
    const damaged = emptyFolder();
    const target = join(emptyFolder(), 'data');
    let isFirst = true;
    const damagedState = (kind: FrameKind, body: Buffer): Buffer => {
      if (kind !== FrameKind.CONTENT || !isFirst) return body;
      isFirst = false;
      // Behind the header of state.db.
      return body.fill(0xff, 100);
    };
    writeFileSync(fileIn(damaged), await changed(readFileSync(fileIn(dir)), damagedState));
    const { code, output } = await restore(damaged, target);
    expect(code).toBe(2);
    expect(output).toMatch(/state\.db of the backup is damaged; .*Run the command again with another backup/);
    expect(await restore(dir, target)).toMatchObject({ code: 0 });
  });

  it('is refused when a newer gateway made it, and then nothing is written', async () => {
    const bytes = readFileSync(fileIn(dir));
    const newer = emptyFolder();
    const target = join(emptyFolder(), 'data');
    const ofVersion = (kind: FrameKind, body: Buffer): Buffer =>
      kind === FrameKind.HEADER
        ? Buffer.from(JSON.stringify({ ...(JSON.parse(body.toString()) as object), version: '99.0.0' }))
        : body;
    let isFirst = true;
    const ofSchema = (kind: FrameKind, body: Buffer): Buffer => {
      if (kind !== FrameKind.CONTENT || !isFirst) return body;
      isFirst = false;
      // The user_version of state.db.
      body.writeUInt32BE(99, 60);
      return body;
    };
    for (const change of [ofVersion, ofSchema]) {
      writeFileSync(fileIn(newer), await changed(bytes, change));
      const { code, output } = await restore(newer, target);
      expect(code).toBe(2);
      expect(output).toMatch(/cannot be restored: a newer gateway made it \(version /);
    }
    expect(existsSync(target)).toBe(false);
  });

  it('that is restored by half keeps gateways away, until it is restored again', async () => {
    const target = join(emptyFolder(), 'data');
    mkdirSync(target);
    writeFileSync(join(target, 'restoring'), '');
    writeFileSync(join(target, 'state.db'), 'the beginning of a file');
    const refused = Gateway.launch({ ADMIN_KEY, DATA_DIR: target });
    expect((await refused.exit()).code).toBe(1);
    expect(refused.output).toMatch(/a restore is running, or was cut off/);
    expect(await restore(dir, target)).toMatchObject({ code: 0 });
    const started = await Gateway.start({ ADMIN_KEY, DATA_DIR: target });
    started.key = ADMIN_KEY;
    await started.settled();
    expect((await numbersIn(started)).size).toBeGreaterThanOrEqual(acknowledged);
    await started.stop();
  });
});
