// Measures more sensors: the cost of the first reading of a sensor, the cost of later readings, and the memory for each sensor.
import { rmSync } from 'node:fs';

import { batchOf, sensorId } from '../bare/bodies.mjs';
import { printTable, startGateway } from '../gateway.mjs';
import { getAll, postAll } from '../load.mjs';
import { count, mib, ms, pause, rss, us } from '../process.mjs';
import { startCold } from '../start/cold.mjs';
import { everySensorOnce } from '../start/memory.mjs';

const STEPS = [1, 100, 10_000, 100_000, 1_000_000];
const READINGS = 300_000;
const BATCH = 1_000;
const ASKED = 20_000;
const IDLE_MS = 5_000;
const LINES = { type: 'text/plain' };

function* random(sensors) {
  for (let n = 0; n < READINGS; n += BATCH)
    yield batchOf(
      'lines',
      Array.from({ length: BATCH }, () => Math.floor(Math.random() * sensors)),
    );
}

function* randomLatest(sensors) {
  for (let n = 0; n < ASKED; n += 1) yield `/api/latest/${sensorId(Math.floor(Math.random() * sensors))}`;
}

async function step(sensors) {
  const gateway = await startGateway();
  await gateway.settle();
  const write = `${gateway.url}/api/v2/write`;
  const empty = gateway.rss();
  /** The CPU time for each reading until all are stored and judged, in µs, and readings a second. */
  const cost = async (readings, act) => {
    const before = gateway.cpuMs();
    const { tookMs } = await act();
    await gateway.settle();
    return { cpuUs: ((gateway.cpuMs() - before) * 1_000) / readings, rate: (readings * 1_000) / tookMs };
  };
  const first = await cost(sensors, () => postAll(write, everySensorOnce(sensors), LINES));
  const known = gateway.rss();
  const later = await cost(READINGS, () => postAll(write, random(sensors), LINES));
  const asking = gateway.cpuMs();
  await getAll(gateway.url, randomLatest(sensors), { connections: 16 });
  const latestUs = ((gateway.cpuMs() - asking) * 1_000) / ASKED;
  const idling = gateway.cpuMs();
  await pause(IDLE_MS);
  const idle = (gateway.cpuMs() - idling) / IDLE_MS;
  const loaded = gateway.rss();
  await gateway.stop({ keep: true });
  const again = await startCold({ DATA_DIR: gateway.dataDir });
  const restarted = rss(again.pid);
  await again.stop();
  rmSync(gateway.dataDir, { recursive: true, force: true });
  return [
    ...[count(sensors), sensors >= 10_000 ? us(first.cpuUs) : '', us(later.cpuUs), count(later.rate)],
    ...[us(latestUs), `${(idle * 100).toFixed(1)} %`, mib(known)],
    sensors >= 10_000 ? `${count((known - empty) / sensors)} B` : '',
    ...[mib(loaded), ms(again.readyMs), mib(restarted)],
  ];
}

export async function growSensors({ max = 1_000_000, say }) {
  const rows = [];
  for (const sensors of STEPS.filter((one) => one <= max)) {
    say(`${count(sensors)} sensors`);
    rows.push(await step(sensors));
  }
  printTable(
    [
      ...['sensors', 'CPU for the first reading of each', 'CPU for each of 300,000 more', 'readings/s'],
      ...['CPU for GET latest of one', 'CPU at rest', 'RSS, all known', 'for each'],
      ...['RSS after 300,000 more', 'a restart is ready after', 'RSS then'],
    ],
    rows,
  );
}
