// Measures more history: a chart and a page of one sensor's day, with more and more other sensors in the store, and with more
// and more readings in the day.
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { median, printTable, quantile, startGateway } from '../gateway.mjs';
import { getAll } from '../load.mjs';
import { count, mib, ms, us } from '../process.mjs';
import { addSensors, openFile } from './fill-store.mjs';

const PER_SENSOR = 10_000;
const STEPS = [1e4, 1e5, 1e6, 1e7, 1e8];
const DAYS = [100, 1_000, 10_000, 100_000, 1_000_000];
const DAY = 'from=2026-01-30T00:00:00Z&to=2026-01-31T00:00:00Z';
const ASKED = 100;

async function measure(gateway, sensorIds, asked) {
  const ask = async (how, warm = false) => {
    const before = gateway.cpuMs();
    const paths = Array.from({ length: warm ? 10 : asked }, () => {
      const id = sensorIds[Math.floor(Math.random() * sensorIds.length)];
      return `/api/readings/${id}?${DAY}&${how}`;
    });
    const { times, others } = await getAll(gateway.url, paths, { connections: 1 });
    if (times.length < paths.length) throw new Error(`${paths[0]}: ${JSON.stringify(others)}`);
    return { times, cpuUs: ((gateway.cpuMs() - before) * 1_000) / asked };
  };
  await ask('points=500', true);
  await ask('limit=1000', true);
  return { chart: await ask('points=500'), page: await ask('limit=1000') };
}

const cells = ({ times, cpuUs }) => [us(cpuUs), ms(median(times)), ms(quantile(times, 0.99))];

/** Starts a gateway with a folder that contains only the file: it learns of the sensors from the store. */
async function over(file, act) {
  const folder = mkdtempSync(join(tmpdir(), 'predictionx-growth-'));
  file.moveTo(join(folder, 'readings.db'));
  const begun = performance.now();
  const gateway = await startGateway({ DATA_DIR: folder });
  const readyMs = performance.now() - begun;
  await gateway.settle();
  const row = await act(gateway, readyMs);
  await gateway.stop();
  file.moveFrom(join(folder, 'readings.db'));
  rmSync(folder, { recursive: true, force: true });
  return row;
}

export async function growHistory({ max = 1e7, say }) {
  const file = await openFile();
  const rows = [];
  let sensors = 0;
  for (const points of STEPS.filter((one) => one <= max)) {
    say(`${count(points)} points`);
    const begun = performance.now();
    addSensors(file.path, { from: sensors, to: points / PER_SENSOR, perSensor: PER_SENSOR });
    sensors = points / PER_SENSOR;
    const { size } = statSync(file.path);
    say(`filled in ${ms(performance.now() - begun)}`);
    const ids = Array.from({ length: sensors }, (_, n) => `sensor_${n}`);
    rows.push(
      await over(file, async (gateway, readyMs) => {
        const { chart, page } = await measure(gateway, ids, ASKED);
        return [
          ...[count(points), mib(size), ...cells(chart), ...cells(page)],
          ...[ms(readyMs), mib(gateway.rss())],
        ];
      }),
    );
  }
  const head = ['a chart: CPU', 'median', 'p99', 'a page of 1,000: CPU', 'median', 'p99'];
  console.log(`Each sensor's day has ${count(PER_SENSOR)} points; more points are more sensors:\n`);
  printTable(['points stored', 'file', ...head, 'a start is ready after', 'RSS'], rows);

  const days = DAYS.filter((one) => one <= max / 10);
  days.forEach((perSensor, n) => {
    addSensors(file.path, { from: sensors + n, to: sensors + n + 1, perSensor });
  });
  say('days of more points');
  const dayRows = await over(file, async (gateway) => {
    const found = [];
    for (const [n, perSensor] of days.entries()) {
      const { chart, page } = await measure(gateway, [`sensor_${sensors + n}`], perSensor > 1e5 ? 10 : ASKED);
      found.push([count(perSensor), ...cells(chart), us(chart.cpuUs / perSensor), ...cells(page)]);
    }
    return found;
  });
  console.log(`\nOne sensor's day, beside the ${count(sensors * PER_SENSOR)} points:\n`);
  printTable(['points in the day', ...head.slice(0, 3), 'for each point', ...head.slice(3)], dayRows);
  file.remove();
}
