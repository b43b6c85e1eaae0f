// Measures how the cost grows with the number of sensors, of readings in a batch, of bytes in the journal, of stored points,
// and of stream clients: one curve for each.
//   npm run bench:growth -- [--only sensors,batch,journal,history,clients] [--max N]
// --max limits the largest step, in the unit of the curve: sensors, readings in a request, bytes of the journal, stored
// points, clients. CPU is the CPU time of the gateway's process, from /proc, until all sent readings are stored and judged.
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
if (unknown !== undefined)
  stop(`--only does not know ${unknown}; the names are ${Object.keys(CURVES).join(', ')}.`);
const max = options.max === undefined ? undefined : Number(options.max);
if (max !== undefined && !(max >= 1)) stop('--max must be a number of at least 1, such as 1e8.');

console.log(`${describeMachine({ pinned: false })}`);
for (const name of names) {
  console.log(`\n**${name}**\n`);
  await CURVES[name]({ max, say: (text) => console.error(text) });
}

function stop(message) {
  console.error(message);
  process.exit(2);
}
