// Compares the gateway with other programs and with the limits of the machine: all do the same work, in interleaved rounds.
//   npm run bench -- [--rounds 3] [--seconds 5] [--only name,…] [--embedded] [--short]
// --only takes systems (gateway, fastify, floor, flask, influxdb, telegraf, telegrafDisk, embedded, victoriametrics) and works
// (one32, one128, lines, json, ndjson, lines5000, forward, latest, notModified, history). Without the name of a system, all
// systems take part; without the name of a work, all works are done. --embedded leaves InfluxDB out. --short only shows that
// the benchmark works: its figures mean nothing, and it builds no peer from Go. The exit code is 1 when a reading that the
// gateway acknowledged is missing, or when the gateway refused one. What a peer loses or refuses is only reported.
import { parseArgs } from 'node:util';

import { findInfluxd } from '../tools/influxd/find.mjs';
import { describeMachine, HAS_WRK } from './bare/machine.mjs';
import { printAccounts, printComparisons } from './bare/report.mjs';
import { runRound } from './bare/round.mjs';
import { SYSTEMS } from './bare/systems.mjs';
import { WORKS } from './bare/works.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string', default: '' },
    embedded: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
  },
});
const rounds = numberOf('rounds', options.short ? 1 : 3);
const seconds = numberOf('seconds', options.short ? 1 : 5);
const only = options.only.split(',').filter((name) => name !== '');
for (const name of only)
  if (!(name in SYSTEMS || name in WORKS))
    stop(`--only does not know ${name}; the names are ${known().join(', ')}.`);

/** Of batches, each of up to a million readings: V8 still compiles while the gateway takes the first three million. */
const WARM_RUNS = 4;

const withInfluxdb = !options.embedded && findInfluxd() !== undefined;
const wanted = (all) => {
  const named = Object.keys(all).filter((name) => only.includes(name));
  return named.length > 0 ? named : Object.keys(all);
};
const leftOut = [];
const systems = wanted(SYSTEMS).filter((name) => !isLeftOut(SYSTEMS[name].title, systemLacks(name)));
const works = wanted(WORKS).filter((name) => !isLeftOut(WORKS[name].title, workLacks(name)));

const store = withInfluxdb
  ? 'InfluxDB'
  : 'the embedded store, because --embedded was given or no InfluxDB was found';
console.log(`${describeMachine()}. The gateway forwards to ${store}.`);
console.log(`Medians (and spread) of ${rounds} interleaved rounds of ${seconds} s for each piece of work.\n`);

const results = [];
const accounts = [];
for (let round = 0; round < rounds; round += 1) {
  const effort = options.short
    ? { seconds, warmSeconds: 0, warmRuns: 0, maxReadings: 50_000 }
    : { seconds, warmSeconds: 2, warmRuns: WARM_RUNS, maxReadings: 1_000_000 };
  const say = (text) => console.error(`round ${round + 1}: ${text}`);
  const note = (result) => results.push(result);
  accounts.push(...(await runRound({ systems, works, round, withInfluxdb, effort, note, say })));
}
printComparisons(results);
console.log();
const good = printAccounts(accounts);
for (const sentence of leftOut) console.log(`Left out: ${sentence}`);
if (options.short)
  console.log('This was the short form: it shows that the benchmark works; its figures mean nothing.');
process.exitCode = good ? 0 : 1;

function numberOf(name, fallback) {
  const value = Number(options[name] ?? fallback);
  if (!Number.isInteger(value) || value < 1) stop(`--${name} must be a whole number from 1 on.`);
  return value;
}

/** Why a system cannot take part; undefined when it can. */
function systemLacks(name) {
  if (SYSTEMS[name].needs === 'influxd' && !withInfluxdb)
    return options.embedded
      ? 'it needs InfluxDB, and --embedded was given.'
      : 'no InfluxDB was found (docs/testing.md).';
  return SYSTEMS[name].program?.({ mayBuild: !options.short }).missing;
}

function workLacks(name) {
  return WORKS[name].needsWrk && !HAS_WRK ? "it needs wrk (Debian's package wrk)." : undefined;
}

function isLeftOut(title, why) {
  if (why !== undefined) leftOut.push(`${title}: ${why}`);
  return why !== undefined;
}

function known() {
  return [...Object.keys(SYSTEMS), ...Object.keys(WORKS)];
}

function stop(message) {
  console.error(message);
  process.exit(2);
}
