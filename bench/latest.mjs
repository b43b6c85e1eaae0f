// Measures the cost of a poll of the latest readings of 10,000 sensors, and of the list of 100,000 sensors.
//   node bench/latest.mjs [rounds]
// Each request is repeated as often as possible for a few seconds, over 16 connections that stay open, in interleaved rounds.
// It is compared with GET /api/health of the same gateway, which reads no data.
import { Agent, request } from 'node:http';

import { median, printTable, startGateway } from './gateway.mjs';

const ROUNDS = Number(process.argv[2] ?? 3);
const ROUND_MS = 3_000;
const CONNECTIONS = 16;
const SENSORS = 10_000;

const gateway = await startGateway();

async function fill(from, to) {
  for (let first = from; first < to; first += 5_000) {
    const lines = Array.from({ length: Math.min(5_000, to - first) }, (_, i) => {
      const sensor = String(first + i).padStart(6, '0');
      return `sensor_predictions,sensor_id=sensor_${sensor},zone=zone_${(first + i) % 10} value=${first + i},latency_ms=12.3`;
    });
    await gateway.post('/api/v2/write', lines.join('\n'), 'text/plain');
  }
}

/** Repeats a request. @returns answers a second, and the gateway's CPU time for each in ms */
async function ask(path, headers, status) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const end = performance.now() + ROUND_MS;
  let answers = 0;
  const one = () =>
    new Promise((resolve, reject) => {
      request(gateway.url + path, { headers, agent }, (response) => {
        if (response.statusCode !== status) reject(new Error(`${path}: ${response.statusCode}`));
        response.resume().on('end', resolve);
      })
        .on('error', reject)
        .end();
    });
  const cpuBefore = gateway.cpuMs();
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < end) {
        await one();
        answers += 1;
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1_000;
  agent.destroy();
  return { rate: answers / seconds, cpu: (gateway.cpuMs() - cpuBefore) / answers };
}

await fill(0, SENSORS);
const etag = (
  await fetch(`${gateway.url}/api/latest`, { headers: { 'accept-encoding': 'identity' } })
).headers.get('etag');
const candidates = {
  'GET /api/health': ['/api/health', {}, 200],
  'GET /api/latest, 304': ['/api/latest', { 'if-none-match': etag }, 304],
  'GET /api/latest, 10,000 sensors': ['/api/latest', {}, 200],
  'GET /api/latest/{sensorId}': ['/api/latest/sensor_000777', {}, 200],
};
const results = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1)
  for (const [name, asked] of Object.entries(candidates)) results[name].push(await ask(...asked));
const of = (name, key) => median(results[name].map((result) => result[key]));
printTable(
  ['answer', 'a second', 'ratio to health', 'CPU of the gateway for each'],
  Object.keys(candidates).map((name) => [
    name,
    Math.round(of(name, 'rate')).toLocaleString('en'),
    (of(name, 'rate') / of('GET /api/health', 'rate')).toFixed(2),
    `${of(name, 'cpu').toFixed(3)} ms`,
  ]),
);

await fill(SENSORS, 100_000);
const pages = [];
const begun = performance.now();
for (let path = '/api/sensors?limit=1000'; path;) {
  const asked = performance.now();
  const response = await fetch(gateway.url + path);
  await response.arrayBuffer();
  pages.push(performance.now() - asked);
  path = /<(.*)>/.exec(response.headers.get('link') ?? '')?.[1];
}
const allMs = performance.now() - begun;
const { dataDir } = gateway;
const memory = gateway.rss();
await gateway.stop({ keep: true });
const restarted = performance.now();
const again = await startGateway({ DATA_DIR: dataDir });
console.log(
  `\n100,000 sensors: a page of 1,000 in ${median(pages).toFixed(1)} ms (median), all ${pages.length} pages in ${allMs.toFixed(0)} ms; RSS ${Math.round(memory / (1 << 20))} MiB; a restart serves after ${((performance.now() - restarted) / 1_000).toFixed(1)} s.`,
);
await again.stop({ keep: false });
