// Writes readings directly into the file of the embedded store, a million in one or two seconds. Through the gateway, a
// hundred million would take half an hour, and only reading is measured. The gateway creates the file, with its own schema.
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { startGateway } from '../gateway.mjs';

const DAY_US = 86_400_000_000;
const BEGIN_US = Date.parse('2026-01-30T00:00:00Z') * 1_000;

/** Creates the file of an empty store, in a folder of its own. */
export async function openFile() {
  const gateway = await startGateway();
  await gateway.stop({ keep: true });
  const path = join(mkdtempSync(join(tmpdir(), 'predictionx-store-')), 'readings.db');
  renameSync(join(gateway.dataDir, 'readings.db'), path);
  rmSync(gateway.dataDir, { recursive: true, force: true });
  return {
    path,
    moveTo: (target) => renameSync(path, target),
    moveFrom: (target) => renameSync(target, path),
    remove: () => rmSync(join(path, '..'), { recursive: true, force: true }),
  };
}

/**
 * Adds sensors with the readings of one day, sensor by sensor.
 * @param range the numbers of the sensors, from `from` to before `to`; readings for each; the beginning of the names
 */
export function addSensors(path, { from, to, perSensor, prefix = 'sensor_' }) {
  const db = new Database(path);
  db.pragma('synchronous = OFF');
  const zone = db.prepare('INSERT INTO zones (name) VALUES (?) ON CONFLICT DO NOTHING');
  const sensor = db.prepare('INSERT INTO sensors (sensor_id) VALUES (?)');
  const fill = db.prepare(`
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @perSensor)
    INSERT INTO readings (sensor, timestamp_us, zone, value, latency_ms)
    SELECT @sensor, @beginUs + i * @dayUs / @perSensor, 1, 50 + (i * 7919 % 4001) / 100.0, 12.3 FROM n`);
  zone.run('zone_0');
  for (let first = from; first < to; first += 100)
    db.transaction(() => {
      for (let n = first; n < Math.min(to, first + 100); n += 1) {
        const { lastInsertRowid } = sensor.run(`${prefix}${n}`);
        fill.run({ sensor: lastInsertRowid, perSensor, beginUs: BEGIN_US, dayUs: DAY_US });
      }
    })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}
