// Measures how much 1,000 clients of the live stream slow down the senders.
//   node bench/stream.mjs [clients] [rounds]
// For some seconds, batches of 100 readings are posted one after the other, without clients and with them, in interleaved
// rounds. Each client asks for the readings of one zone of ten. One more client asks for everything and reads nothing.
import { median, printTable, startGateway } from './gateway.mjs';
import { postBatches, startClients } from './stream-load.mjs';

const CLIENTS = Number(process.argv[2] ?? 1_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const ROUND_MS = 5_000;

const gateway = await startGateway();
const clients = startClients(gateway.url);

await postBatches(gateway, ROUND_MS);
const rows = {
  'no client': [0],
  [`${CLIENTS} clients`]: [CLIENTS],
  [`${CLIENTS} clients, and one that does not read`]: [CLIENTS, true],
};
const results = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, wanted] of Object.entries(rows)) {
    await clients.open(...wanted);
    const { rate } = await postBatches(gateway, ROUND_MS);
    const memory = gateway.rss();
    const { messages, resets } = await clients.open(0);
    results[name].push({ rate, memory, resets, delivered: messages / (ROUND_MS / 1_000) });
  }
}
const of = (name, key) => median(results[name].map((result) => result[key]));
printTable(
  [
    'clients',
    'readings accepted a second',
    'ratio to none',
    'messages delivered a second',
    'sent reset',
    'RSS',
  ],
  Object.keys(rows).map((name) => [
    name,
    Math.round(of(name, 'rate')).toLocaleString('en'),
    (of(name, 'rate') / of('no client', 'rate')).toFixed(2),
    Math.round(of(name, 'delivered')).toLocaleString('en'),
    of(name, 'resets'),
    `${Math.round(of(name, 'memory') / (1 << 20))} MiB`,
  ]),
);
await clients.stop();
await gateway.stop();
