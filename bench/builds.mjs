// Compares the CPU time for each request of two builds, which do the works of the benchmark in turns.
//   npm run bench:builds -- BEFORE/dist [--turns 20] [--seconds 1] [--only one32,lines,…] [--embedded]
// BEFORE/dist is an earlier build with its node_modules beside it. It takes part twice, as "before" and "before again": the
// difference between these two is the noise. A difference of "after" (the build of this checkout) means something only when
// it is larger. For each work it prints the median, over all turns, of the ratios within a turn.
import { parseArgs } from 'node:util';
import { resolve } from 'node:path';

import { findInfluxd } from '../tools/influxd/find.mjs';
import { describeMachine } from './bare/machine.mjs';
import { gateway } from './bare/systems.mjs';
import { WORKS } from './bare/works.mjs';
import { median, printTable, quantile } from './gateway.mjs';
import { us } from './process.mjs';

/** Only InfluxDB takes batches of this size. */
const LEFT_OUT = ['lines5000'];
/** Their results are answers, not acknowledged readings. */
const READS = ['latest', 'notModified', 'history'];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    turns: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    embedded: { type: 'boolean', default: false },
  },
});
const [before] = positionals;
if (before === undefined) {
  console.error('Say which build is "before": npm run bench:builds -- BEFORE/dist');
  process.exit(1);
}
const turns = Number(options.turns);
const seconds = Number(options.seconds);
const only = options.only.split(',').filter((name) => name !== '');
const withInfluxdb = !options.embedded && findInfluxd() !== undefined;
const builds = { before: resolve(before), 'before again': resolve(before), after: resolve('dist') };
const names = Object.keys(builds);

console.log(`${describeMachine()}. CPU time of the gateway for each reading or answer, ${turns} turns.\n`);
const running = new Map();
const figures = new Map();
try {
  for (const name of names) running.set(name, await gateway({ withInfluxdb, dist: builds[name] }));
  const works = Object.keys(WORKS).filter(
    (work) =>
      !LEFT_OUT.includes(work) &&
      (only.length === 0 || only.includes(work)) &&
      WORKS[work].can(running.get('after')),
  );
  // The first turn is the warm-up and does not count.
  for (let turn = 0; turn <= turns; turn += 1) {
    console.error(`turn ${turn} of ${turns}`);
    for (const work of works) {
      const first = turn % names.length;
      const taken = {};
      for (const name of [...names.slice(first), ...names.slice(0, first)])
        taken[name] = await cpuForEach(running.get(name), work);
      if (turn > 0) figures.set(work, [...(figures.get(work) ?? []), taken]);
    }
  }
} finally {
  for (const system of running.values()) await system.stop();
}
const ratios = (work, a, b) => figures.get(work).map((taken) => taken[a] / taken[b]);
const shown = (values) =>
  `${median(values).toFixed(3)} (${quantile(values, 0.25).toFixed(3)} to ${quantile(values, 0.75).toFixed(3)})`;
printTable(
  ['work', 'before, µs', 'after, µs', 'before again / before', 'after / before'],
  [...figures].map(([work, taken]) => [
    WORKS[work].title,
    us(median(taken.map((one) => one.before))),
    us(median(taken.map((one) => one.after))),
    shown(ratios(work, 'before again', 'before')),
    shown(ratios(work, 'after', 'before')),
  ]),
);
console.log('\nMedian of the ratios, and their quartiles.');

/** @returns CPU time in µs for each reading that was acknowledged and stored, or for each answer */
async function cpuForEach(system, work) {
  await system.rest();
  const begunMs = system.cpuMs();
  const effort = { seconds, warmSeconds: 0, maxReadings: 100_000 * seconds };
  const { acknowledged, rate, answers = rate * seconds } = await WORKS[work].run(system, effort);
  await system.settle();
  await system.rest();
  const count = READS.includes(work) ? answers : acknowledged;
  return ((system.cpuMs() - begunMs) * 1_000) / count;
}
