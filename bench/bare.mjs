// How near the gateway comes to the bare machine: the same work for it and for its peers, in interleaved rounds.
//   npm run bench -- [--rounds 3] [--seconds 5] [--only name,…] [--embedded] [--short]
// --only takes systems (gateway, fastify, floor, flask, influxdb, telegraf, telegrafDisk, embedded, victoriametrics) and works
// (one32, one128, lines, json, ndjson, lines5000, forward, latest, notModified, history); without one of a kind, all of it are done. --embedded
// leaves InfluxDB out. --short proves that it works, measures nothing, and builds no peer from Go. Ends with code 1 when
// something that the gateway acknowledged is missing, or it refused something; what a peer lost or refused is only told.
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
  if (!(name in SYSTEMS || name in WORKS)) stop(`--only knows no ${name}; it knows ${known().join(', ')}.`);

const withInfluxdb = !options.embedded && findInfluxd() !== undefined;
const wanted = (all) => {
  const named = Object.keys(all).filter((name) => only.includes(name));
  return named.length > 0 ? named : Object.keys(all);
};
const leftOut = [];
const systems = wanted(SYSTEMS).filter((name) => !isLeftOut(SYSTEMS[name].title, systemLacks(name)));
const works = wanted(WORKS).filter((name) => !isLeftOut(WORKS[name].title, workLacks(name)));

const home = withInfluxdb ? 'InfluxDB' : 'the embedded store, as no InfluxDB is asked for or found';
console.log(`${describeMachine()}. The gateway forwards to ${home}.`);
console.log(`Medians (and spread) of ${rounds} interleaved rounds of ${seconds} s for each piece of work.\n`);

const results = [];
const accounts = [];
for (let round = 0; round < rounds; round += 1) {
  const effort = options.short
    ? { seconds, warmSeconds: 0, maxReadings: 50_000 }
    : { seconds, warmSeconds: 2, maxReadings: 1_000_000 };
  const say = (text) => console.error(`round ${round + 1}: ${text}`);
  const note = (result) => results.push(result);
  accounts.push(...(await runRound({ systems, works, round, withInfluxdb, effort, note, say })));
}
printComparisons(results);
console.log();
const good = printAccounts(accounts);
for (const sentence of leftOut) console.log(`Left out: ${sentence}`);
if (options.short)
  console.log('This was the short form: it proves that the bench works, and its figures mean nothing.');
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
