// What 1,000 clients of the live stream cost those who send.
//   node bench/stream.mjs [clients] [rounds]
// Batches of 100 readings are posted one after the other for some seconds, without clients and with them, in interleaved
// rounds. Each client wants the readings of one zone of ten. One client more takes everything and reads nothing of it.
import { Agent, request } from 'node:http';

import { median, printTable, startGateway } from './gateway.mjs';

const CLIENTS = Number(process.argv[2] ?? 1_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const ROUND_MS = 5_000;
const BATCH = 100;

const gateway = await startGateway();
const streams = new Agent({ keepAlive: false, maxSockets: Infinity });
let messages = 0;
let resets = 0;

function open(query, read) {
  return new Promise((resolve, reject) => {
    const opened = request(`${gateway.url}/api/stream${query}`, { agent: streams }, (response) => {
      if (read)
        response.on('data', (chunk) => {
          const text = chunk.toString('latin1');
          messages += text.split('event: reading').length - 1;
          resets += text.split('event: reset').length - 1;
        });
      response.on('error', () => undefined);
      resolve(() => opened.destroy());
    });
    opened.on('error', reject).end();
  });
}

async function load() {
  const end = performance.now() + ROUND_MS;
  const begun = performance.now();
  let readings = 0;
  let n = 0;
  while (performance.now() < end) {
    const batch = Array.from({ length: BATCH }, () => {
      n += 1;
      return { sensorId: `sensor_${n % 1_000}`, zone: `zone_${n % 10}`, value: n, latencyMs: 1 };
    });
    await gateway.post('/api/ingest/batch', batch);
    readings += BATCH;
  }
  return readings / ((performance.now() - begun) / 1_000);
}

await load();
const rows = {
  'no client': [],
  [`${CLIENTS} clients`]: [],
  [`${CLIENTS} clients, and one that does not read`]: [],
};
const [none, many, slow] = Object.values(rows);
for (let round = 0; round < ROUNDS; round += 1) {
  none.push({ rate: await load(), delivered: 0, memory: gateway.rss() });
  for (const [kind, extra] of [
    [many, false],
    [slow, true],
  ]) {
    const closing = await Promise.all(
      Array.from({ length: CLIENTS }, (_, i) => open(`?zone=zone_${i % 10}&type=reading`, true)),
    );
    if (extra) closing.push(await open('', false));
    messages = 0;
    const rate = await load();
    kind.push({ rate, delivered: messages / (ROUND_MS / 1_000), memory: gateway.rss() });
    for (const close of closing) close();
  }
}
const of = (name, key) => median(rows[name].map((result) => result[key]));
printTable(
  ['clients', 'readings accepted a second', 'ratio to none', 'messages delivered a second', 'RSS'],
  Object.keys(rows).map((name) => [
    name,
    Math.round(of(name, 'rate')).toLocaleString('en'),
    (of(name, 'rate') / of('no client', 'rate')).toFixed(2),
    Math.round(of(name, 'delivered')).toLocaleString('en'),
    `${Math.round(of(name, 'memory') / (1 << 20))} MiB`,
  ]),
);
console.log(`\n${resets} times a client was too slow and was sent reset.`);
streams.destroy();
await gateway.stop();
