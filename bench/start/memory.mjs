// Measures the memory of the gateway: idle, under load, and with many sensors.
import { batchOf, oneBody } from '../bare/bodies.mjs';
import { startGateway } from '../gateway.mjs';
import { postAll } from '../load.mjs';
import { count, forgetPeak, mib, ms, rss } from '../process.mjs';
import { startCold } from './cold.mjs';

const IDLE_AFTER_MS = 10_000;
const BATCH = 1_000;

/** Makes a hundred bodies, and repeats them without end. */
function* again(make) {
  const bodies = Array.from({ length: 100 }, make);
  for (let n = 0; ; n += 1) yield bodies[n % bodies.length];
}

/** @returns rows: kind of load, readings a second, RSS at the end, maximum of RSS */
export async function measureMemory(seconds, say) {
  const gateway = await startGateway();
  await gateway.settle();
  const rows = [['idle after the start', '', mib(gateway.rss()), mib(gateway.peakRss())]];
  const under = async (name, path, make, connections, readings) => {
    say(name);
    forgetPeak(gateway.pid);
    const { answers, others, tookMs } = await postAll(gateway.url + path, again(make), {
      connections,
      seconds,
    });
    const refused = Object.keys(others).length > 0 ? `, refused: ${JSON.stringify(others)}` : '';
    const rate = `${count((answers * readings * 1_000) / tookMs)} readings/s${refused}`;
    rows.push([name, rate, mib(gateway.rss()), mib(gateway.peakRss())]);
  };
  const random = () => Array.from({ length: BATCH }, () => Math.floor(Math.random() * 1_000));
  await under('POST one, 32 connections', '/api/ingest', () => oneBody('json'), 32, 1);
  await under('batches of 1,000, JSON', '/api/ingest/batch', () => batchOf('json', random()), 4, BATCH);
  const lines = () => batchOf('lines', random());
  await under('batches of 1,000, line protocol', '/api/v2/write?precision=us', lines, 4, BATCH);
  await gateway.settle();
  await new Promise((resolve) => setTimeout(resolve, IDLE_AFTER_MS));
  rows.push([`idle again for ${IDLE_AFTER_MS / 1_000} s`, '', mib(gateway.rss()), mib(gateway.peakRss())]);
  await gateway.stop();
  return rows;
}

/** Bodies in line protocol with one reading of every sensor. @param batch readings in a body */
export function* everySensorOnce(sensors, batch = 5_000) {
  for (let first = 0; first < sensors; first += batch)
    yield batchOf(
      'lines',
      Array.from({ length: Math.min(batch, sensors - first) }, (_, i) => first + i),
    );
}

/** @returns a row: sensors, RSS before the restart, times of the restart, RSS after it; and how to end all of it */
export async function measureSensors(sensors) {
  const gateway = await startGateway();
  await postAll(`${gateway.url}/api/v2/write`, everySensorOnce(sensors), { type: 'text/plain' });
  await gateway.settle();
  const before = gateway.rss();
  await gateway.stop({ keep: true });
  const again = await startCold({ DATA_DIR: gateway.dataDir });
  const row = [
    count(sensors),
    mib(before),
    ms(again.firstMs),
    ms(again.readyMs),
    mib(rss(again.pid)),
    mib(again.peak),
  ];
  return { row, folder: gateway.dataDir, stop: again.stop };
}
