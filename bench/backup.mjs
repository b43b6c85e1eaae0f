// Measures a backup of a gateway that takes readings at the same time, and its restore.
//   npm run bench:backup -- [--readings 1e6] [--rate 2000] [--rounds 3] [--encoding identity]
// --readings is what the embedded store holds before, of 1,000 sensors; --rate the readings a second, in batches of 100, before and
// during the backup. Each round makes one backup, restores it into a new folder, starts a gateway there and looks for each
// reading that was acknowledged before the backup began: a missing one ends the benchmark with code 1.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import Database from 'better-sqlite3';

import { describeMachine } from './bare/machine.mjs';
import { median, printTable, quantile, startGateway } from './gateway.mjs';
import { count, forgetPeak, mib, ms, pause, peakRss } from './process.mjs';

const { values: options } = parseArgs({
  options: {
    readings: { type: 'string', default: '1e6' },
    rate: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '3' },
  },
});
const [readings, rate, rounds] = [options.readings, options.rate, options.rounds].map(Number);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SENSORS = 1_000;
const FILL_BATCH = 5_000;
const BATCH = 100;
const BEGIN_MS = Date.UTC(2026, 0, 30);
const BASELINE_MS = 5_000;

const folder = mkdtempSync(join(tmpdir(), 'predictionx-bench-backup-'));
const loopDelayFile = join(folder, 'loop-delay.json');
const gateway = await startGateway({
  DATA_DIR: join(folder, 'data'),
  NODE_OPTIONS: `--import ${fileURLToPath(new URL('backup/loop-delay.mjs', import.meta.url))}`,
  LOOP_DELAY_FILE: loopDelayFile,
});

async function fill() {
  let next = 0;
  const send = async () => {
    while (next < readings) {
      const from = next;
      next += FILL_BATCH;
      const lines = Array.from({ length: FILL_BATCH }, (_, index) => {
        const number = from + index;
        return `sensor_predictions,sensor_id=old_${number % SENSORS},zone=zone_${number % 10} value=${number % 977}.5,latency_ms=12.3 ${BEGIN_MS + number}`;
      });
      const body = lines.join('\n');
      for (;;) {
        const response = await fetch(`${gateway.url}/api/v2/write?precision=ms`, { method: 'POST', body });
        await response.text();
        if (response.status === 204) break;
        if (response.status !== 503) throw new Error(`HTTP ${response.status}`);
        await pause(500);
      }
    }
  };
  await Promise.all([send(), send(), send(), send()]);
  await gateway.settle();
}

/** Sends readings at the rate. `acknowledged` counts them; the reading with number n has the value n. */
const load = { acknowledged: 0, latencies: [], stopped: false };
async function run() {
  const begunMs = performance.now();
  while (!load.stopped) {
    const from = load.acknowledged;
    const batch = Array.from({ length: BATCH }, (_, index) => ({
      sensorId: `new_${(from + index) % SENSORS}`,
      zone: 'hall_1',
      value: from + index,
      latencyMs: 1,
      timestamp: BEGIN_MS + from + index,
    }));
    const sentMs = performance.now();
    await gateway.post('/api/ingest/batch', batch);
    load.latencies.push(performance.now() - sentMs);
    load.acknowledged += BATCH;
    const dueMs = begunMs + (load.acknowledged / rate) * 1_000;
    if (dueMs > performance.now()) await pause(dueMs - performance.now());
  }
}

/** What happened to the gateway meanwhile. */
async function during(act) {
  await loopDelay();
  load.latencies = [];
  forgetPeak(gateway.pid);
  const [begunMs, cpuBefore] = [performance.now(), gateway.cpuMs()];
  const result = await act();
  const seconds = (performance.now() - begunMs) / 1_000;
  const { p99Ms, maxMs } = await loopDelay();
  return {
    ...{ result, seconds, p99Ms, maxMs, peakRss: gateway.peakRss(), cpu: gateway.cpuMs() - cpuBefore },
    ...{ ackMs: median(load.latencies), ackP99Ms: quantile(load.latencies, 0.99) },
  };
}

async function loopDelay() {
  rmSync(loopDelayFile, { force: true });
  process.kill(gateway.pid, 'SIGUSR2');
  for (;;) {
    await pause(20);
    if (existsSync(loopDelayFile)) return JSON.parse(readFileSync(loopDelayFile, 'utf8'));
  }
}

/** @returns seconds and the most memory of the command */
async function command(args, variables) {
  const begunMs = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/predictionx.js'), ...args], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peak = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, peakRss(child.pid));
    } catch {
      // It has just ended.
    }
  }, 50);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`predictionx ${args[0]} ended with code ${code}`);
  return { seconds: (performance.now() - begunMs) / 1_000, peak };
}

/** @returns how many readings that were acknowledged before are missing in a folder */
function missing(dataDir, acknowledged) {
  const db = new Database(join(dataDir, 'readings.db'), { readonly: true });
  const of = (name) =>
    db
      .prepare(
        'SELECT count(DISTINCT value) FROM readings JOIN sensors USING (sensor) WHERE sensor_id LIKE ? AND value < ?',
      )
      .pluck()
      .get(`${name}_%`, acknowledged);
  const old = db
    .prepare("SELECT count(*) FROM readings JOIN sensors USING (sensor) WHERE sensor_id LIKE 'old_%'")
    .pluck()
    .get();
  const result = { old: readings - old, acknowledged: acknowledged - of('new') };
  db.close();
  return result;
}

console.error('filling the store');
await fill();
const running = run();
await pause(2_000);
const quiet = await during(() => pause(BASELINE_MS));
const rows = [row('without a backup', quiet, '', '', '')];
let failed = false;
for (let round = 0; round < rounds; round += 1) {
  console.error(`round ${round + 1}`);
  const [dir, dataDir] = ['backup', 'restored'].map((name) => join(folder, `${name}-${round}`));
  const { acknowledged } = load;
  const made = await during(() => command(['backup', dir, '--url', gateway.url], {}));
  const bytes = statSync(join(dir, 'gateway.backup')).size;
  const restored = await command(['restore', dir], { DATA_DIR: dataDir });
  const other = await startGateway({ DATA_DIR: dataDir });
  await other.settle();
  const { queued, damaged, deadLettered } = await other.json('/api/pipeline');
  await other.stop();
  const lost = missing(dataDir, acknowledged);
  failed ||= [lost.old, lost.acknowledged, queued, damaged, deadLettered].some((value) => value !== 0);
  console.error(
    `${count(acknowledged)} acknowledged before it began: ${lost.acknowledged} missing; of ${count(readings)} older ones: ${lost.old} missing`,
  );
  rows.push(
    row(`backup ${round + 1}`, made, mib(bytes), `${restored.seconds.toFixed(1)} s`, mib(restored.peak)),
  );
  for (const one of [dir, dataDir]) rmSync(one, { recursive: true, force: true });
  await pause(1_000);
}
load.stopped = true;
await running;
await gateway.stop();
rmSync(folder, { recursive: true, force: true });

console.log(
  `${describeMachine({ pinned: false })}\n${count(readings)} readings stored, ${count(rate)} a second sent\n`,
);
const HEAD = ['', 'seconds', 'size', 'RSS at most', 'CPU', 'loop late, p99', 'loop late, at most'];
printTable([...HEAD, 'acknowledged after, median', 'p99', 'restore', 'RSS of restore'], rows);
if (failed) {
  console.error('Readings are missing.');
  process.exit(1);
}

function row(
  name,
  { seconds, peakRss: rssMost, cpu, p99Ms, maxMs, ackMs, ackP99Ms },
  size,
  restore,
  restoreRss,
) {
  return [
    ...[
      name,
      seconds.toFixed(1),
      size,
      mib(rssMost),
      `${Math.round(cpu / seconds / 10)} %`,
      ms(p99Ms),
      ms(maxMs),
    ],
    ...[ms(ackMs), ms(ackP99Ms), restore, restoreRss],
  ];
}
