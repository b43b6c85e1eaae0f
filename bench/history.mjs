// Measures how fast history answers, and the cost of an export.
//   node bench/history.mjs [--influxdb] [readings] [sensors]
// The readings of each sensor are spread evenly over one day. Each request asks for the day of one sensor in 500 buckets. For
// comparison, the store itself is asked the same question in turns: SQL on the file, or Flux to InfluxDB. Then all readings
// are exported while charts are requested.
import { request } from 'node:http';

import Database from 'better-sqlite3';

import { askInfluxdb } from './bare/history-work.mjs';
import { median, printTable, quantile, startGateway } from './gateway.mjs';
import { startInfluxd } from './influxd.mjs';

const [READINGS = 10_000_000, SENSORS = 1_000] = process.argv
  .slice(2)
  .filter((arg) => /^\d+$/.test(arg))
  .map(Number);
const WITH_INFLUXDB = process.argv.includes('--influxdb');
const REQUESTS = 300;
const BATCH = 5_000;
const DAY_US = 86_400_000_000;
const DAY = '2026-01-30T00:00:00Z';
const NEXT_DAY = '2026-01-31T00:00:00Z';
const BEGIN_US = Date.parse(DAY) * 1_000;
const EVERY = '3m';

const influxd = WITH_INFLUXDB ? await startInfluxd() : undefined;
const gateway = await startGateway(influxd?.variables ?? {});
const mib = (bytes) => `${Math.round(bytes / (1 << 20))} MiB`;
const ms = (value) => `${value.toFixed(1)} ms`;

function* bodies() {
  const perSensor = READINGS / SENSORS;
  for (let n = 0; n < READINGS; n += BATCH) {
    const lines = [];
    for (let i = n; i < n + BATCH; i += 1) {
      const sensor = i % SENSORS;
      const at = Math.floor(i / SENSORS);
      const value = (50 + 40 * Math.sin(at / 997 + sensor)).toFixed(3);
      lines.push(
        `sensor_predictions,sensor_id=sensor_${sensor},zone=zone_${sensor % 10} value=${value},latency_ms=12.3 ${BEGIN_US + Math.floor((at * DAY_US) / perSensor)}`,
      );
    }
    yield lines.join('\n');
  }
}

async function fill() {
  const rest = bodies();
  const send = async () => {
    for (const body of rest) {
      for (;;) {
        const response = await fetch(`${gateway.url}/api/v2/write?precision=us`, { method: 'POST', body });
        await response.text();
        if (response.status === 204) break;
        if (response.status !== 503) throw new Error(`HTTP ${response.status}`);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  };
  const begun = performance.now();
  await Promise.all([send(), send(), send(), send()]);
  while ((await gateway.json('/api/pipeline')).queued > 0)
    await new Promise((resolve) => setTimeout(resolve, 200));
  return (performance.now() - begun) / 1_000;
}

const randomSensor = () => `sensor_${Math.floor(Math.random() * SENSORS)}`;

async function chart(sensor, how) {
  const begun = performance.now();
  const buckets = await gateway.json(`/api/readings/${sensor}?from=${DAY}&to=${NEXT_DAY}&${how}`);
  if (buckets.length < 400) throw new Error(`${buckets.length} buckets`);
  return performance.now() - begun;
}

/** Asks the store itself the same question. */
function peer() {
  if (influxd) {
    const ask = askInfluxdb(influxd);
    return async (sensor) => {
      const begun = performance.now();
      await ask(sensor);
      return performance.now() - begun;
    };
  }
  const db = new Database(`${gateway.dataDir}/readings.db`, { readonly: true });
  const select = db.prepare(
    `SELECT timestamp_us / 180000000 AS bucket, count(*), min(value), max(value), avg(value) FROM readings
     WHERE sensor = (SELECT sensor FROM sensors WHERE sensor_id = ?) AND timestamp_us >= ? AND timestamp_us < ? GROUP BY 1`,
  );
  return (sensor) => {
    const begun = performance.now();
    if (select.all(sensor, BEGIN_US, BEGIN_US + DAY_US).length < 400) throw new Error('too few buckets');
    return performance.now() - begun;
  };
}

/** Reads all readings as a file and discards it. @returns its size in bytes */
async function exportAll(type) {
  let bytes = 0;
  for (let first = 0; first < SENSORS; first += 100) {
    const ids = Array.from({ length: Math.min(100, SENSORS - first) }, (_, i) => `sensor_${first + i}`).join(
      ',',
    );
    const path = `${gateway.url}/api/readings?sensorId=${ids}&from=${DAY}&to=${NEXT_DAY}`;
    await new Promise((resolve, reject) => {
      request(path, { headers: { accept: type } }, (response) => {
        response.on('data', (chunk) => (bytes += chunk.length));
        response.on('end', resolve);
        response.on('error', reject);
      })
        .on('error', reject)
        .end();
    });
  }
  return bytes;
}

const filledS = await fill();
console.log(
  `${READINGS.toLocaleString('en')} readings of ${SENSORS} sensors were stored in ${filledS.toFixed(0)} s.\n`,
);

const askPeer = peer();
const times = {
  'points=500': [],
  [`every=${EVERY}`]: [],
  [influxd ? 'Flux, asked directly' : 'SQL, asked directly']: [],
};
const [points, every, direct] = Object.values(times);
for (let i = 0; i < REQUESTS; i += 1) {
  points.push(await chart(randomSensor(), 'points=500'));
  every.push(await chart(randomSensor(), `every=${EVERY}`));
  direct.push(await askPeer(randomSensor()));
}
printTable(
  ["a sensor's day in 480 buckets", 'median', 'p95', 'p99', 'ratio of medians to the peer'],
  Object.entries(times).map(([name, values]) => [
    name,
    ms(median(values)),
    ms(quantile(values, 0.95)),
    ms(quantile(values, 0.99)),
    (median(values) / median(direct)).toFixed(2),
  ]),
);

console.log();
const rows = [];
for (const type of ['text/csv', 'application/x-ndjson']) {
  const before = gateway.rss();
  let most = before;
  const beside = [];
  const watch = setInterval(() => (most = Math.max(most, gateway.rss())), 50);
  let over = false;
  const draw = (async () => {
    while (!over) beside.push(await chart(randomSensor(), 'points=500'));
  })();
  const begun = performance.now();
  const bytes = await exportAll(type);
  const seconds = (performance.now() - begun) / 1_000;
  over = true;
  await draw;
  clearInterval(watch);
  rows.push([
    type,
    `${seconds.toFixed(0)} s`,
    Math.round(READINGS / seconds).toLocaleString('en'),
    `${(bytes / seconds / 1e6).toFixed(0)} MB/s`,
    mib(before),
    mib(most),
    ms(quantile(beside, 0.99)),
  ]);
}
printTable(
  [
    'export of all readings',
    'time',
    'readings/s',
    'text',
    'RSS before',
    'RSS at most',
    'p99 of a chart beside it',
  ],
  rows,
);
await gateway.stop();
await influxd?.stop();
