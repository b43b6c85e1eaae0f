// Measures the CPU time of the whole gateway, by thread, for each reading that the embedded store stores while lines come as
// fast as the gateway takes them. The gateway has one core, the load another.
//   node bench/embedded-gateway.mjs [--sensors 1000,100000] [--seconds 60] [--turns 1] [dist ...]
// Each dist is a build with its node_modules beside it; the builds take turns.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { resolve } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ON_LOAD_CORE, ON_SERVER_CORE } from './bare/machine.mjs';
import { median, printTable, startGateway } from './gateway.mjs';
import { count, mib } from './process.mjs';

const HERE = fileURLToPath(import.meta.url);
const CONNECTIONS = 4;
const BATCH = 1_000;
/** Batches that are made before; their timestamps are written into them each time. At least as many readings as sensors. */
const BATCHES = 200;
/** All timestamps have as many digits. */
const TIME_DIGITS = 16;
/** Threads with less of the whole CPU time than this are not named. */
const MIN_SHARE = 0.03;

/** The CPU time of each thread, in ms. */
function threadsMs(pid) {
  const times = new Map();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const [ns] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    const name = readFileSync(`/proc/${pid}/task/${thread}/comm`, 'utf8').trim();
    times.set(Number(thread) === pid ? 'main' : `${name} +${thread - pid}`, Number(ns) / 1e6);
  }
  return times;
}

async function measure(dist, sensors, seconds) {
  const gateway = await startGateway({ INFLUX_URL: '' }, ON_SERVER_CORE, dist);
  try {
    const before = threadsMs(gateway.pid);
    const work = JSON.stringify({ url: gateway.url, sensors, seconds });
    const [program, ...args] = [...ON_LOAD_CORE, process.execPath, HERE, '--load', work];
    const load = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let refused = '';
    load.stdout.on('data', (text) => (refused += text));
    await new Promise((done, fail) =>
      load.on('exit', (code) => (code === 0 ? done() : fail(new Error(`The load ended with ${code}`)))),
    );
    const threads = [...threadsMs(gateway.pid)].map(([name, each]) => [name, each - (before.get(name) ?? 0)]);
    const { accepted, stored, queued, journalBytes } = await gateway.json('/api/pipeline');
    const cpuMs = threads.reduce((sum, [, each]) => sum + each, 0);
    const named = threads.filter(([, each]) => each > cpuMs * MIN_SHARE);
    return {
      accepted,
      stored,
      queued,
      journalBytes,
      cpuMs,
      named,
      rss: gateway.peakRss(),
      refused: Number(refused),
    };
  } finally {
    await gateway.kill();
    rmSync(gateway.dataDir, { recursive: true, force: true });
  }
}

/** Posts batches until the time is over; each sensor's turn comes once in as many readings as there are sensors. */
async function load({ url, sensors, seconds }) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const bodies = Array.from({ length: BATCHES }, (_, batch) => {
    const lines = Array.from({ length: BATCH }, (_, line) => {
      // A prime: sensors that follow each other do not send one after the other.
      const n = ((batch * BATCH + line) * 7_919) % sensors;
      const values = `value=${((n * 7) % 1_009) / 8},latency_ms=12.3`;
      return `sensor_predictions,sensor_id=sensor_${n},zone=zone_${n % 10} ${values} ${'0'.repeat(TIME_DIGITS)}`;
    });
    let end = -1;
    return { bytes: Buffer.from(lines.join('\n')), ends: lines.map((line) => (end += line.length + 1)) };
  });
  let nextUs = (Date.now() - 3_600_000) * 1_000;
  let refused = 0;
  let next = 0;
  const post = ({ bytes, ends }) =>
    new Promise((done, fail) => {
      for (const end of ends) writeDigits(bytes, end, nextUs++);
      const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': bytes.length };
      const path = `${url}/api/v2/write?org=o&bucket=sensors&precision=us`;
      request(path, { method: 'POST', agent, headers }, (answer) => {
        if (answer.statusCode !== 204) refused += BATCH;
        answer.resume().on('end', done).on('error', fail);
      })
        .on('error', fail)
        .end(bytes);
    });
  const deadline = performance.now() + seconds * 1_000;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < deadline) await post(bodies[next++ % BATCHES]);
    }),
  );
  agent.destroy();
  return refused;
}

function writeDigits(bytes, end, number) {
  let left = number;
  for (let at = end - 1; at >= end - TIME_DIGITS; at -= 1) {
    const rest = Math.floor(left / 10);
    bytes[at] = 48 + left - rest * 10;
    left = rest;
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    options: {
      sensors: { type: 'string', default: '1000,100000' },
      seconds: { type: 'string', default: '60' },
      turns: { type: 'string', default: '1' },
    },
    allowPositionals: true,
  });
  const dists = positionals.length > 0 ? positionals.map((dist) => resolve(dist)) : [resolve('dist')];
  const rows = [];
  for (const sensors of values.sensors.split(',').map(Number)) {
    const results = new Map(dists.map((dist) => [dist, []]));
    for (let turn = 0; turn < Number(values.turns); turn += 1)
      for (const dist of turn % 2 ? [...dists].reverse() : dists) {
        const result = await measure(dist, sensors, Number(values.seconds));
        results.get(dist).push(result);
      }
    for (const [dist, turns] of results) {
      const of = (value) => median(turns.map(value));
      const [{ named, stored }] = turns;
      rows.push([
        ...[dist, count(sensors), count(of((one) => one.accepted)), count(of((one) => one.stored))],
        ...[count(of((one) => one.queued)), (of((one) => one.cpuMs) / 1_000).toFixed(1)],
        count(of((one) => (one.stored / one.cpuMs) * 1_000)),
        of((one) => (one.cpuMs / one.stored) * 1_000).toFixed(2),
        named.map(([name, cpu]) => `${name}: ${((cpu / stored) * 1_000).toFixed(2)}`).join(', '),
        ...[mib(of((one) => one.journalBytes)), mib(of((one) => one.rss)), count(of((one) => one.refused))],
      ]);
    }
  }
  printTable(
    [
      ...['build', 'sensors', 'accepted', 'stored', 'waiting', 'CPU s', 'stored in a second of CPU'],
      ...['CPU for each stored, µs', 'of threads (first turn)', 'journal', 'peak RSS', 'refused'],
    ],
    rows,
  );
}

if (argv[1] === HERE && argv[2] === '--load') console.log(await load(JSON.parse(argv[3])));
else await main();
