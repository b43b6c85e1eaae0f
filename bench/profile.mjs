// What the event loop does while it carries out one work of the benchmark: its busy time by package and by folder of dist/.
//   npm run bench:profile -- one128 [--seconds 6] [--embedded] [--functions 20]
// The work is one of bench/bare/works.mjs: one32, one128, lines, json, ndjson, latest, notModified.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { findInfluxd } from '../tools/influxd/find.mjs';
import { describeMachine, ON_LOAD_CORE, ON_SERVER_CORE } from './bare/machine.mjs';
import { emptyFolder, startServer } from './bare/server.mjs';
import { WORKS } from './bare/works.mjs';
import { printTable, START } from './gateway.mjs';
import { startInfluxd } from './influxd.mjs';

const SAMPLE_US = 200;
const LISTENS = /listens on (http:\/\/[^\s;"]+)/;
/** The start, and what the profiler does at the end, are left out. */
const MARGIN_US = 500_000;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '6' },
    embedded: { type: 'boolean', default: false },
    functions: { type: 'string', default: '20' },
  },
});
const [name = 'one128'] = positionals;
const work = WORKS[name];
if (!work) {
  console.error(`There is no work "${name}"; the works are ${Object.keys(WORKS).join(', ')}.`);
  process.exit(1);
}
const seconds = Number(options.seconds);
const influxd = !options.embedded && findInfluxd() ? await startInfluxd(ON_LOAD_CORE) : undefined;
const [data, profiles] = [emptyFolder('data'), emptyFolder('profiles')];
const env = { ...process.env, PORT: '0', LOG_FORMAT: 'json', ...influxd?.variables, DATA_DIR: data.path };
const [node, ...start] = START;
const profiler = ['--cpu-prof', `--cpu-prof-interval=${SAMPLE_US}`, `--cpu-prof-dir=${profiles.path}`];
const server = await startServer([...ON_SERVER_CORE, node, ...profiler, ...start], { env }, LISTENS);
const system = {
  url: server.url,
  one: { form: 'json', path: '/api/ingest', status: 201 },
  batches: { json: '/api/ingest/batch', ndjson: '/api/ingest/batch', lines: '/api/v2/write?precision=us' },
};
try {
  const { rate } = await work.run(system, { seconds, warmSeconds: 0, maxReadings: 1_000_000 * seconds });
  console.log(`${describeMachine()}\n${work.title}: ${Math.round(rate)} a second while it is profiled.\n`);
} finally {
  await server.stop();
  await influxd?.stop();
}
show(readProfile(profiles.path));
for (const folder of [data, profiles]) folder.stop();

/** The profile of the main thread: no other one runs the file that starts the gateway. */
function readProfile(folder) {
  const all = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  return all.find(({ nodes }) => nodes.some(({ callFrame }) => callFrame.url.endsWith('dist/gateway.js')));
}

function show({ nodes, samples, timeDeltas, startTime, endTime }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const [packages, functions] = [new Map(), new Map()];
  let busyUs = 0;
  let atUs = startTime;
  const add = (map, key, us) => map.set(key, (map.get(key) ?? 0) + us);
  samples.forEach((id, index) => {
    const us = timeDeltas[index];
    atUs += us;
    const frame = frames.get(id);
    const isDuringWork = atUs > endTime - seconds * 1e6 - MARGIN_US && atUs < endTime - MARGIN_US;
    if (!isDuringWork || frame.functionName === '(idle)') return;
    busyUs += us;
    add(packages, placeOf(frame), us);
    add(functions, `${frame.functionName || '(anonymous)'} in ${placeOf(frame)}`, us);
  });
  const rows = (map, count) =>
    [...map]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([key, us]) => [key, `${((100 * us) / busyUs).toFixed(1)} %`]);
  printTable(['where', 'of the busy time'], rows(packages, 25));
  console.log('');
  printTable(['function', 'of the busy time'], rows(functions, Number(options.functions)));
}

/** The package, the folder of dist/, or the part of Node that a function is in. */
function placeOf({ url, functionName }) {
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (inPackage) return inPackage;
  if (url.startsWith('node:')) return 'Node';
  return /\/(dist\/[^/]+)/.exec(url)?.[1] ?? (functionName || 'native');
}
