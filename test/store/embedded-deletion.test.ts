import Database from 'better-sqlite3';

import { countSlices, deleteSlices } from '../../src/influx/embedded/embedded-deletion.js';

describe('a slice of a deletion in the embedded store', () => {
  it('looks at no more readings than asked, also when other zones have nearly all of them', () => {
    const db = new Database(':memory:');
    db.exec(`CREATE TABLE sensors (sensor INTEGER PRIMARY KEY, sensor_id TEXT);
      CREATE TABLE zones (zone INTEGER PRIMARY KEY, name TEXT);
      CREATE TABLE readings (sensor INTEGER, timestamp_us INTEGER, zone INTEGER, PRIMARY KEY (sensor, timestamp_us, zone));
      INSERT INTO sensors VALUES (1, 's');
      INSERT INTO zones VALUES (1, 'many'), (2, 'few');
      WITH RECURSIVE numbers (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM numbers WHERE n < 999)
        INSERT INTO readings SELECT 1, n, 1 FROM numbers;
      INSERT INTO readings VALUES (1, 500, 2), (1, 999, 2);`);
    for (const run of [countSlices(db), deleteSlices(db)]) {
      const slices: unknown[] = [];
      for (let fromUs: number | undefined = 0; fromUs !== undefined;) {
        const { readings, nextUs } = run({ sensorId: 's', zone: 'few', fromUs, toUs: 2_000 }, 400);
        slices.push([fromUs, readings]);
        fromUs = nextUs;
      }
      expect(slices).toEqual([
        [0, 0],
        [400, 1],
        [799, 1],
      ]);
    }
    expect(db.prepare('SELECT count(*) FROM readings').pluck().get()).toBe(1_000);
  });
});
