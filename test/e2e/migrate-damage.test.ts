import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { run } from '../support/child.js';
import { emptyFolder } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';

const READINGS = Array.from({ length: 5_000 }, (_, i) => ({
  sensorId: `s${i % 3}`,
  zone: 'z',
  value: i,
  latencyMs: 1,
  timestamp: Date.UTC(2026, 0, 1) + i,
}));

describe('predictionx migrate from a folder of the embedded store', () => {
  let source: string;
  let copied: string;

  const migrate = (from: string, to: string): Promise<{ code: number | null; output: string }> =>
    run(
      'node',
      ['dist/cli/predictionx.js', 'migrate', '--from', `embedded:${from}`, '--to', `embedded:${to}`],
      {
        XDG_STATE_HOME: emptyFolder(),
      },
    );
  const spoil = (file: string): Buffer => {
    const fd = openSync(file, 'r+');
    writeSync(fd, Buffer.alloc(100_000, 7), 0, 100_000, 8_192);
    closeSync(fd);
    return readFileSync(file);
  };

  beforeAll(async () => {
    const gateway = await Gateway.start();
    await gateway.post('/api/ingest/batch', READINGS);
    await gateway.settled();
    await gateway.stop();
    source = gateway.dataDir;
  });

  it('changes neither its readings nor its state', async () => {
    const state = new Database(join(source, 'state.db'));
    state.pragma('user_version = 99');
    state.close();
    const files = ['readings.db', 'state.db'].map((name) => join(source, name));
    const before = files.map((file) => readFileSync(file));
    copied = emptyFolder();
    expect(await migrate(source, copied)).toMatchObject({
      code: 0,
      output: expect.stringContaining('0 missing in the target'),
    });
    expect(files.map((file) => readFileSync(file))).toEqual(before);
  });

  it('leaves a damaged file where the next gateway finds it, on both sides', async () => {
    // state.db of the target is opened first, and 99 is newer than this gateway.
    rmSync(join(source, 'state.db'));
    const file = join(source, 'readings.db');
    const damaged = spoil(file);
    for (const [from, to] of [
      [source, emptyFolder()],
      [copied, source],
    ] as const) {
      expect(await migrate(from, to)).toEqual({
        code: 2,
        output: expect.stringMatching(
          new RegExp(`^error: Cannot open ${file}: .*is damaged\\. It was not moved`),
        ),
      });
      expect(readFileSync(file)).toEqual(damaged);
      expect(existsSync(join(source, 'damaged'))).toBe(false);
    }
  });
});
