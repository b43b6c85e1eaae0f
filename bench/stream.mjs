// Measures how much 1,000 clients of the live stream slow down the senders.
//   npm run bench:stream -- [clients] [rounds] [--every MS] [--dist FOLDER]
// For some seconds, batches of 100 readings are posted, without clients and with them, in interleaved rounds: one after the
// other, or one every MS milliseconds, which compares the CPU time of two builds. The clients ask for one zone of ten, for
// one sensor of 1,000, or for every reading. In one of the rounds, one more client asks for everything and reads nothing.
import { parseArgs } from 'node:util';

import { median, printTable, startGateway } from './gateway.mjs';
import { us } from './process.mjs';
import { postBatches, startClients } from './stream-load.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { every: { type: 'string', default: '0' }, dist: { type: 'string', default: 'dist' } },
});
const CLIENTS = Number(positionals[0] ?? 1_000);
const ROUNDS = Number(positionals[1] ?? 3);
const EVERY_MS = Number(options.every);
const ROUND_MS = 5_000;

const gateway = await startGateway({}, [], options.dist);
const clients = startClients(gateway.url);

await postBatches(gateway, ROUND_MS);
const rows = {
  'no client': [0],
  [`${CLIENTS} of a zone`]: [CLIENTS],
  [`${CLIENTS} of a zone, and one that does not read`]: [CLIENTS, true],
  [`${CLIENTS} of a sensor`]: [CLIENTS, false, 'sensor'],
  [`${CLIENTS} of everything`]: [CLIENTS, false, 'all'],
};
const results = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, wanted] of Object.entries(rows)) {
    await clients.open(...wanted);
    const begunMs = gateway.cpuMs();
    const { readings, rate } = await postBatches(gateway, ROUND_MS, EVERY_MS);
    const cpuUs = ((gateway.cpuMs() - begunMs) * 1_000) / readings;
    const memory = gateway.rss();
    const { messages, resets } = await clients.open(0);
    results[name].push({ rate, cpuUs, memory, resets, delivered: messages / (ROUND_MS / 1_000) });
  }
}
const of = (name, key) => median(results[name].map((result) => result[key]));
printTable(
  [
    'clients',
    'readings accepted a second',
    'ratio to none',
    'CPU for each',
    'messages delivered a second',
    'sent reset',
    'RSS',
  ],
  Object.keys(rows).map((name) => [
    name,
    Math.round(of(name, 'rate')).toLocaleString('en'),
    (of(name, 'rate') / of('no client', 'rate')).toFixed(2),
    us(of(name, 'cpuUs')),
    Math.round(of(name, 'delivered')).toLocaleString('en'),
    of(name, 'resets'),
    `${Math.round(of(name, 'memory') / (1 << 20))} MiB`,
  ]),
);
await clients.stop();
await gateway.stop();
