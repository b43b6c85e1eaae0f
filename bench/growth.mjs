// How cost grows: a curve each for sensors, readings in a batch, the journal, history, and clients of the stream.
//   npm run bench:growth -- [--only sensors,batch,journal,history,clients] [--max N]
// --max bounds the largest step, in the curve's own unit: sensors, readings in a request, bytes of the journal, points stored,
// clients. CPU is that of the gateway's whole process, from /proc, until all that was sent is stored and judged.
import { parseArgs } from 'node:util';

import { describeMachine } from './bare/machine.mjs';
import { growBatch } from './growth/batch.mjs';
import { growClients } from './growth/clients.mjs';
import { growHistory } from './growth/history.mjs';
import { growJournal } from './growth/journal.mjs';
import { growSensors } from './growth/sensors.mjs';

const CURVES = {
  ...{ sensors: growSensors, batch: growBatch, journal: growJournal },
  ...{ history: growHistory, clients: growClients },
};
const { values: options } = parseArgs({ options: { only: { type: 'string' }, max: { type: 'string' } } });
const names = options.only?.split(',') ?? Object.keys(CURVES);
const unknown = names.find((name) => !(name in CURVES));
if (unknown !== undefined) stop(`--only knows no ${unknown}; it knows ${Object.keys(CURVES).join(', ')}.`);
const max = options.max === undefined ? undefined : Number(options.max);
if (max !== undefined && !(max >= 1)) stop('--max must be a number from 1 on, such as 1e8.');

console.log(`${describeMachine({ pinned: false })}`);
for (const name of names) {
  console.log(`\n**${name}**\n`);
  await CURVES[name]({ max, say: (text) => console.error(text) });
}

function stop(message) {
  console.error(message);
  process.exit(2);
}
