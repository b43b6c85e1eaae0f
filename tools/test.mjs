// Runs test suites and ends with "N passed, N failed".
//   node tools/test.mjs            the quick form: the tests for a change, in less than five minutes on two cores
//   node tools/test.mjs --all      all suites in full; a suite that cannot run is a failure
//   node tools/test.mjs influx …   the named suites in full; a suite that cannot run is a failure
// Jest gets the arguments after "--".
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

import { missingCheckers } from './checkers/find.mjs';
import { findChromium, HOW_TO_GET_CHROMIUM } from './chromium.mjs';
import { findInfluxd, HOW_TO_GET_INFLUXD } from './influxd/find.mjs';
import { findTelegraf, HOW_TO_GET_TELEGRAF } from './telegraf/find.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const DEPLOY_CHECKERS = [
  'promtool',
  'helm',
  'kubernetes-validate',
  'operator-types',
  'compose-config',
  'image-node',
  'nginx',
  'caddy',
];
const SUITES = {
  unit: () => undefined,
  e2e: () => undefined,
  browser: () => canShiftClock() ?? (findChromium() ? undefined : HOW_TO_GET_CHROMIUM),
  influx: () => (process.env.INFLUXDB_TEST_URL || findInfluxd() ? undefined : HOW_TO_GET_INFLUXD),
  clients: () => (findTelegraf() ? missingCheckers('k6', 'influx-python') : HOW_TO_GET_TELEGRAF),
  security: () => undefined,
  schema: () => missingCheckers('schemathesis'),
  deploy: () => canMount() ?? missingCheckers(...DEPLOY_CHECKERS),
  bench: () => undefined,
  faults: () => canBreakThings() ?? (findInfluxd() ? undefined : HOW_TO_GET_INFLUXD),
};

/** Failed tests that are shown once more at the end. */
const MAX_SHOWN = 10;

/** The quick form: suites without some of their files, or with only some files. docs/testing.md gives the reasons. */
const QUICK = {
  unit: {},
  e2e: {
    without: [
      'about',
      'access',
      'backup',
      'backup-limits',
      'bad-store',
      'bodies',
      'broken-requests',
      'connection-shares',
      'dead-letters',
      'demo',
      'durations',
      'embedded/rules',
      'embedded/sensors',
      'embedded/stream',
      'embedded/stream-deletions',
      'embedded/stream-filters',
      'gateway-server',
      'history-stream',
      'import',
      'import-answers',
      'import-files',
      'import-resume',
      'import-size',
      'log-shares',
      'metrics',
      'migrate-damage',
      'npm-start',
      'path-prefix',
      'request-log',
      'retention',
      'shares',
      'tracing',
    ],
  },
  influx: {
    without: [
      'backup',
      'deletion',
      'fine-times',
      'foreign-gateway',
      'history',
      'import',
      'migrate',
      'migrate-foreign',
      'rules',
      'sensors',
      'several-orgs',
      'store-change',
      'stream',
    ],
  },
  faults: { only: ['kills'] },
};

/** A suite that hangs is killed, so that the others still run. */
const IS_LONG = ['FAULTS_LONG', 'SCHEMA_LONG', 'IMPORT_LONG', 'MIGRATE_LONG'].some(
  (name) => process.env[name],
);
const SUITE_TIMEOUT_MS = (IS_LONG ? 60 : 30) * 60_000;

/** These run at the same time: their files often wait, and measure no times. */
const SIDE_BY_SIDE = [
  ['e2e', 'influx'],
  ['schema', 'deploy'],
];
const CORES = availableParallelism();
/** How many files run at the same time. */
const WORKERS = { unit: CORES, e2e: CORES, influx: 1 };
/** The quick form runs one more file of e2e: a file spends half of its time waiting, for timeouts and for the disk. */
const QUICK_WORKERS = { ...WORKERS, e2e: CORES + 1 };

const separator = process.argv.indexOf('--');
const args = process.argv.slice(2, separator < 0 ? undefined : separator);
const jestArgs = separator < 0 ? [] : process.argv.slice(separator + 1);
/** Whether only tests with certain titles run. */
const choosesTests = jestArgs.some((arg) => /^(?:-t|--testNamePattern)(?:=|$)/.test(arg));
const named = args.filter((arg) => arg !== '--all');
for (const name of named) {
  if (!(name in SUITES)) {
    console.error(`There is no suite ${name}; the suites are ${Object.keys(SUITES).join(', ')}.`);
    process.exit(1);
  }
}

// Passes a signal on to Jest, so that Jest also ends when only this process gets the signal.
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal);
    process.exit(1);
  });
}

const isQuick = args.length === 0;
const chosen = isQuick ? Object.keys(QUICK) : named.length > 0 ? named : Object.keys(SUITES);
const results = [];
for (const group of groupsOf(chosen)) results.push(...(await Promise.all(group.map(runSuite))));

console.log('\nsuite    passed  failed  seconds');
for (const { name, passed, failed, seconds, note } of results) {
  const cells = [passed, failed, seconds].map((cell, index) => String(cell).padStart(index === 0 ? 6 : 7));
  console.log(`${name.padEnd(8)} ${cells.join(' ')}  ${note}`);
}
for (const failure of results.flatMap(({ failures = [] }) => failures).slice(0, MAX_SHOWN))
  console.log(`\n${failure}`);
if (isQuick) console.log(`\n${leftOut()}`);
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(sum('failed') === 0 ? 0 : 1);

/** The suites in order; those that may run at the same time are one group, where the first of them stands. */
function groupsOf(names) {
  const placed = new Set();
  return names.flatMap((name) => {
    if (placed.has(name)) return [];
    const others = SIDE_BY_SIDE.find((group) => group.includes(name)) ?? [name];
    const group = others.filter((one) => names.includes(one));
    for (const one of group) placed.add(one);
    return [group];
  });
}

/** What the quick form does not run. */
function leftOut() {
  const suites = Object.keys(SUITES).filter((name) => !(name in QUICK));
  const files = Object.entries(QUICK).flatMap(([name, { without = [], only }]) =>
    (only ? filesOf(name).filter((file) => !only.includes(file)) : without).map((file) => `${name}/${file}`),
  );
  return `npm test -- --all runs ${suites.length} more suites (${suites.join(', ')})\nand ${files.length} more files (${files.join(', ')}).`;
}

function filesOf(suite) {
  return readdirSync(join(root, 'test', suite)).flatMap((file) => /^(.*)\.test\.ts$/.exec(file)?.[1] ?? []);
}

/** The deploy suite mounts folders, in which it runs the steps of the image. */
function canMount() {
  return process.platform === 'linux' && process.getuid() === 0 ? undefined : 'It needs Linux and root.';
}

/** The browser suite compiles a library that shifts the clock of a gateway. */
function canShiftClock() {
  return process.platform === 'linux' && hasCompiler() ? undefined : 'It needs Linux and a C compiler.';
}

function hasCompiler() {
  return !spawnSync('cc', ['--version']).error;
}

/** The fault suite mounts small file systems, one of them its own, and compiles libraries that make system calls fail. */
function canBreakThings() {
  const able =
    process.platform === 'linux' && process.getuid() === 0 && existsSync('/dev/fuse') && hasCompiler();
  return able ? missingCheckers('powercut') : 'It needs Linux, root, /dev/fuse and a C compiler.';
}

async function runSuite(name) {
  const missing = SUITES[name]();
  if (missing) {
    console.log(`\nThe ${name} suite cannot run here. ${missing}\n`);
    return isQuick
      ? { name, passed: 0, failed: 0, seconds: 0, note: 'not run here, see above' }
      : { name, passed: 0, failed: 1, seconds: 0, note: 'could not run, see above' };
  }
  const output = join(root, 'artifacts', `${name}.json`);
  mkdirSync(join(root, 'artifacts'), { recursive: true });
  rmSync(output, { force: true });
  console.log(`== ${name} begins`);
  const startMs = performance.now();
  const status = await runJest([
    '--selectProjects',
    name,
    // A failed test may leave a server or a connection open.
    '--forceExit',
    // Faults happen at certain times under load, so nothing else may run at the same time.
    ...(name === 'faults'
      ? ['--runInBand', '--testTimeout', process.env.FAULTS_LONG ? '1800000' : '300000']
      : []),
    ...(name in WORKERS ? ['--maxWorkers', String((isQuick ? QUICK_WORKERS : WORKERS)[name])] : []),
    ...(isQuick ? quickFiles(name) : []),
    ...['--reporters', 'default', '--reporters', join(root, 'tools', 'test-progress.mjs')],
    ...['--json', '--outputFile', output],
    ...jestArgs,
  ]);
  const seconds = Math.round((performance.now() - startMs) / 1000);
  const result = { name, seconds, ...readResult(output, status) };
  console.log(`== ${name} ends: ${result.passed} passed, ${result.failed} failed, ${seconds} s`);
  return result;
}

/** @returns the exit code */
function runJest(jestOptions) {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings', jest, ...jestOptions],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], timeout: SUITE_TIMEOUT_MS, killSignal: 'SIGKILL' },
  );
  running.add(child);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
}

function quickFiles(suite) {
  const { without = [], only = [] } = QUICK[suite];
  for (const file of [...without, ...only]) {
    if (!existsSync(join(root, 'test', suite, `${file}.test.ts`)))
      throw new Error(`QUICK names test/${suite}/${file}.test.ts, which does not exist`);
  }
  const pattern = (files) => `/test/${suite}/(${files.join('|')})\\.test\\.ts$`;
  if (only.length > 0) return ['--testPathPatterns', pattern(only)];
  return without.length > 0 ? ['--testPathIgnorePatterns', pattern(without)] : [];
}

/** A suite has failed when no test ran, or when its exit code is not 0 although every test passed. */
function readResult(output, status) {
  let report;
  try {
    report = JSON.parse(readFileSync(output, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, note: `ended with code ${status} and no report` };
  }
  const failures = report.testResults.flatMap(({ name: file, message, assertionResults: tests }) => {
    const failed = tests.filter(({ status: outcome }) => outcome === 'failed');
    if (failed.length === 0 && tests.length === 0 && message)
      return [shorten(`FAILED ${relative(root, file)}\n${message}`)];
    return failed.map(({ fullName, failureMessages }) =>
      shorten(`FAILED ${relative(root, file)}: ${fullName}\n${failureMessages.join('\n')}`),
    );
  });
  const { numPassedTests: passed, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = report;
  // A skipped test counts as failed, unless the arguments select tests by title.
  const failed = numFailedTests + (choosesTests ? 0 : numPendingTests) + numRuntimeErrorTestSuites;
  if (failed === 0 && (passed === 0 || status !== 0))
    return { passed, failed: 1, note: `ended with code ${status}` };
  return { passed, failed, failures, note: numPendingTests > 0 ? `${numPendingTests} skipped` : '' };
}

/** The beginning of a failure, to be shown once more at the end. */
function shorten(text) {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => !line.includes('node_modules/jest'));
  return lines
    .slice(0, 40)
    .map((line) => line.slice(0, 200))
    .join('\n');
}
