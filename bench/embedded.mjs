// Measures the CPU time of the embedded store for each reading that it stores, in all of its threads.
//   node bench/embedded.mjs [--sensors 1000,100000] [--group 5000,250000] [--readings 1000000] [--history 20] [--dist dist]
// Each sensor has some readings of an earlier time. Then groups of readings are written one after the other; in each, all
// sensors take turns. --dist is another build with its node_modules beside it.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { printTable } from './gateway.mjs';
import { count, mib, ms } from './process.mjs';

const { values: options } = parseArgs({
  options: {
    sensors: { type: 'string', default: '1000,100000,1000000' },
    group: { type: 'string', default: '5000,250000' },
    readings: { type: 'string', default: '1000000' },
    history: { type: 'string', default: '20' },
    dist: { type: 'string', default: 'dist' },
  },
});
const numbers = (text) => text.split(',').map(Number);
const dist = (path) => import(join(resolve(options.dist), path));
const { EmbeddedStore } = await dist('influx/embedded/embedded-store.js');
const { ReadingColumns } = await dist('model/reading-columns.js');
const READINGS = Number(options.readings);
const HISTORY_US = Date.parse('2026-01-30T00:00:00Z') * 1_000;
const BEGIN_US = Date.parse('2026-02-01T00:00:00Z') * 1_000;
/** Coprime to all numbers of sensors: sensors that follow each other do not send one after the other. */
const STRIDE = 7_919;

/** The next readings: each sensor's turn comes once in as many readings as there are sensors. */
function readingsFrom(first, length, sensors) {
  const readings = new ReadingColumns(length);
  for (let n = first; n < first + length; n += 1) {
    const sensor = (n * STRIDE) % sensors;
    const [sensorId, zone] = [`sensor_${sensor}`, `zone_${sensor % 10}`];
    readings.push({
      sensorId,
      zone,
      value: (n * 7) % 1_009,
      latencyMs: 12.3,
      timestampUs: BEGIN_US + n * 10,
    });
  }
  return readings;
}

/** Fills a store sensor by sensor. */
async function addHistory(store, sensors) {
  const perSensor = Number(options.history);
  const write = (readings) => store.write(readings, AbortSignal.timeout(600_000));
  let readings = new ReadingColumns();
  for (let sensor = 0; sensor < sensors; sensor += 1) {
    for (let n = 0; n < perSensor; n += 1) {
      const [sensorId, zone] = [`sensor_${sensor}`, `zone_${sensor % 10}`];
      readings.push({ sensorId, zone, value: n, latencyMs: 12.3, timestampUs: HISTORY_US + n * 1_000_000 });
    }
    if (readings.length < 100_000) continue;
    await write(readings);
    readings = new ReadingColumns();
  }
  await write(readings);
}

async function measure(sensors, group) {
  const folder = mkdtempSync(join(tmpdir(), 'predictionx-embedded-'));
  const file = join(folder, 'readings.db');
  const store = await EmbeddedStore.open(file, { aside: folder, makeRoom: () => undefined });
  await addHistory(store, sensors);
  const times = [];
  let [user, system, walBytes] = [0, 0, 0];
  for (let n = 0; n < READINGS; n += group) {
    const readings = readingsFrom(n, group, sensors);
    const before = process.cpuUsage();
    const begun = performance.now();
    await store.write(readings, AbortSignal.timeout(600_000));
    times.push(performance.now() - begun);
    const used = process.cpuUsage(before);
    user += used.user;
    system += used.system;
    walBytes = Math.max(walBytes, statSync(`${file}-wal`).size);
  }
  const readings = times.length * group;
  const { size } = statSync(file);
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return [
    ...[count(sensors), count(group), ((user + system) / readings).toFixed(2)],
    ...[
      (user / readings).toFixed(2),
      (system / readings).toFixed(2),
      count((readings * 1e6) / (user + system)),
    ],
    ...[ms(Math.max(...times)), mib(walBytes), mib(size), mib(process.memoryUsage().rss)],
  ];
}

const rows = [];
for (const sensors of numbers(options.sensors))
  for (const group of numbers(options.group)) rows.push(await measure(sensors, group));
printTable(
  [
    ...[
      'sensors',
      'readings in a write',
      'CPU for each, µs',
      'user',
      'system',
      'readings in a second of CPU',
    ],
    ...['longest write', '-wal', 'file', 'RSS'],
  ],
  rows,
);
