import { join } from 'node:path';

import Database from 'better-sqlite3';

import { countReadings } from '../../src/influx/embedded/count-readings.js';
import { EmbeddedStore } from '../../src/influx/embedded/embedded-store.js';
import { emptyFolder } from '../support/environment.js';

describe('counting the readings of a file', () => {
  const aside = emptyFolder();
  const options = { aside, makeRoom: (): void => undefined };

  it.each([0, 200_000, 200_001, 400_000])('counts %d', async (readings) => {
    const file = join(emptyFolder(), 'readings.db');
    await (await EmbeddedStore.open(file, options)).close();
    const db = new Database(file);
    db.prepare(
      `WITH RECURSIVE numbers (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < @readings)
       INSERT INTO readings SELECT 1 + n % 3, -1000 + n / 6, 1 + n / 3 % 2, n, NULL FROM numbers WHERE n < @readings`,
    ).run({ readings });
    db.close();
    expect(await countReadings(file, options, new AbortController().signal)).toBe(readings);
  });

  it('ends when it is told to', async () => {
    const file = join(emptyFolder(), 'readings.db');
    await (await EmbeddedStore.open(file, options)).close();
    const stopping = new AbortController();
    const counting = countReadings(file, options, stopping.signal);
    stopping.abort(new Error('the gateway stops'));
    await expect(counting).rejects.toThrow('the gateway stops');
  });
});
