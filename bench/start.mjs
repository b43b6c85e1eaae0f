// Measures how long a start takes, compared with peers in the same run, and the memory of the gateway.
//   npm run bench:start -- [--rounds 5] [--seconds 5] [--sensors 100000] [--journal-mib 1024] [--only cold,memory,sensors,journal] [--short]
// Cold starts are interleaved: each starts a process with an empty folder and sends a request every 4 ms. --seconds is the
// duration of each kind of load, --sensors the number of sensors that a restart loads, --journal-mib the size of the full
// journal when the gateway is killed. --short only shows that the benchmark works.
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { describeMachine } from './bare/machine.mjs';
import { median, printTable } from './gateway.mjs';
import { mib, ms } from './process.mjs';
import { timeGateway, timePeer } from './start/cold.mjs';
import { measureMemory, measureSensors } from './start/memory.mjs';
import { PEERS } from './start/peers.mjs';
import { measureRecovery } from './start/recovery.mjs';

const { values: options } = parseArgs({
  options: {
    ...{ rounds: { type: 'string' }, seconds: { type: 'string' } },
    ...{ sensors: { type: 'string' }, 'journal-mib': { type: 'string' } },
    ...{ only: { type: 'string' }, short: { type: 'boolean', default: false } },
  },
});
const numberOf = (name, whole, short) => Number(options[name] ?? (options.short ? short : whole));
const rounds = numberOf('rounds', 5, 1);
const seconds = numberOf('seconds', 5, 1);
const sensors = numberOf('sensors', 100_000, 1_000);
const journalMib = numberOf('journal-mib', 1_024, 16);
const say = (text) => console.error(text);

const PARTS = {
  async cold() {
    const starts = { 'the gateway': timeGateway };
    for (const [title, args] of Object.entries(PEERS)) starts[title] = () => timePeer(args);
    const results = Object.fromEntries(Object.keys(starts).map((title) => [title, []]));
    for (let round = 0; round < rounds; round += 1) {
      say(`cold starts, round ${round + 1}`);
      for (const [title, start] of Object.entries(starts)) results[title].push(await start());
    }
    const of = (title, key) => median(results[title].map((result) => result[key]));
    printTable(
      ['cold start', 'first answer', 'ready', 'CPU until ready', 'ratio of CPU', 'RSS idle'],
      Object.keys(starts).map((title) => [
        ...[title, ms(of(title, 'firstMs')), ms(of(title, 'readyMs')), ms(of(title, 'cpuMs'))],
        (of('the gateway', 'cpuMs') / of(title, 'cpuMs')).toFixed(1),
        mib(of(title, 'rss')),
      ]),
    );
  },
  async memory() {
    printTable(['memory', 'load', 'RSS', 'RSS at most'], await measureMemory(seconds, say));
  },
  async sensors() {
    say('sensors');
    const head = [
      'sensors',
      'RSS',
      'first answer of a restart',
      'ready',
      'RSS then',
      'RSS at most until ready',
    ];
    await printOne(head, await measureSensors(sensors));
  },
  async journal() {
    const head = [
      ...['journal, full', 'readings', 'RSS before the kill', 'first answer', 'ready', 'CPU until ready'],
      ...['RSS at most until ready', 'RSS at rest', 'RSS at most'],
    ];
    await printOne(head, await measureRecovery(journalMib << 20, say));
  },
};

console.log(`${describeMachine({ pinned: false })}\n`);
for (const name of options.only?.split(',') ?? Object.keys(PARTS)) {
  if (!(name in PARTS)) {
    console.error(`--only does not know ${name}; the names are ${Object.keys(PARTS).join(', ')}.`);
    process.exit(2);
  }
  await PARTS[name]();
  console.log();
}
if (options.short)
  console.log('This was the short form: it shows that the benchmark works; its figures mean nothing.');

async function printOne(head, { row, folder, stop }) {
  printTable(head, [row]);
  await stop();
  rmSync(folder, { recursive: true, force: true });
}
