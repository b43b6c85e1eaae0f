// Runs test suites and ends with "N passed, N failed".
//   node tools/test.mjs            every suite that can run here
//   node tools/test.mjs --all      every suite; one that cannot run is a failure
//   node tools/test.mjs influx …   the suites named; one that cannot run is a failure
// What follows "--" goes to Jest.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { missingCheckers } from './checkers/find.mjs';
import { findChromium, HOW_TO_GET_CHROMIUM } from './chromium.mjs';
import { findInfluxd, HOW_TO_GET_INFLUXD } from './influxd/find.mjs';

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
  browser: () => (findChromium() ? undefined : HOW_TO_GET_CHROMIUM),
  influx: () => (process.env.INFLUXDB_TEST_URL || findInfluxd() ? undefined : HOW_TO_GET_INFLUXD),
  security: () => undefined,
  schema: () => missingCheckers('schemathesis'),
  deploy: () => canMount() ?? missingCheckers(...DEPLOY_CHECKERS),
  bench: () => undefined,
  faults: () => canBreakThings() ?? (findInfluxd() ? undefined : HOW_TO_GET_INFLUXD),
};

/** A suite that hangs must not take the others with it. */
const SUITE_TIMEOUT_MS = (process.env.FAULTS_LONG || process.env.SCHEMA_LONG ? 60 : 30) * 60_000;
/** Their files mostly wait, and measure nothing: two at a time take little more than half as long. */
const SIDE_BY_SIDE = ['unit', 'e2e'];

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

const optional = args.length === 0;
const results = (named.length > 0 ? named : Object.keys(SUITES)).map(runSuite);

console.log('\nsuite    passed  failed  seconds');
for (const { name, passed, failed, seconds, note } of results) {
  const cells = [passed, failed, seconds].map((cell, index) => String(cell).padStart(index === 0 ? 6 : 7));
  console.log(`${name.padEnd(8)} ${cells.join(' ')}  ${note}`);
}
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(sum('failed') === 0 ? 0 : 1);

/** The deploy suite mounts folders, to run the image's steps in. */
function canMount() {
  return process.platform === 'linux' && process.getuid() === 0 ? undefined : 'It needs Linux and root.';
}

/** The fault suite mounts small file systems, one of its own making, and compiles libraries that let calls fail. */
function canBreakThings() {
  const able =
    process.platform === 'linux' &&
    process.getuid() === 0 &&
    existsSync('/dev/fuse') &&
    !spawnSync('cc', ['--version']).error;
  return able ? missingCheckers('powercut') : 'It needs Linux, root, /dev/fuse and a C compiler.';
}

function runSuite(name) {
  const missing = SUITES[name]();
  if (missing) {
    console.log(`\nThe ${name} suite cannot run here. ${missing}\n`);
    return optional
      ? { name, passed: 0, failed: 0, seconds: 0, note: 'not run here, see above' }
      : { name, passed: 0, failed: 1, seconds: 0, note: 'could not run, see above' };
  }
  const output = join(root, 'artifacts', `${name}.json`);
  mkdirSync(join(root, 'artifacts'), { recursive: true });
  rmSync(output, { force: true });
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const begunMs = performance.now();
  const { status } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      jest,
      '--selectProjects',
      name,
      // A test that failed may leave a server or a connection open.
      '--forceExit',
      // Faults are timed by load, so nothing else may run beside them.
      ...(name === 'faults'
        ? ['--runInBand', '--testTimeout', process.env.FAULTS_LONG ? '1800000' : '300000']
        : []),
      ...(SIDE_BY_SIDE.includes(name) ? ['--maxWorkers', '2'] : []),
      '--json',
      '--outputFile',
      output,
      ...jestArgs,
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], timeout: SUITE_TIMEOUT_MS, killSignal: 'SIGKILL' },
  );
  const seconds = Math.round((performance.now() - begunMs) / 1000);
  return { name, seconds, ...readResult(output, status) };
}

/** A suite in which no test ran, or that ended badly although every test passed, has failed. */
function readResult(output, status) {
  let report;
  try {
    report = JSON.parse(readFileSync(output, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, note: `ended with code ${status} and no report` };
  }
  const { numPassedTests: passed, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = report;
  // A skipped test has not passed, unless it was left out on purpose.
  const failed = numFailedTests + (choosesTests ? 0 : numPendingTests) + numRuntimeErrorTestSuites;
  if (failed === 0 && (passed === 0 || status !== 0))
    return { passed, failed: 1, note: `ended with code ${status}` };
  return { passed, failed, note: numPendingTests > 0 ? `${numPendingTests} skipped` : '' };
}
