// Makes the checkout ready to run, with only Node and npm: installs missing packages and builds what is out of date. When
// nothing has changed, it takes some milliseconds.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (path) => join(root, path);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  stop(`PredictionX needs Node 20.19 or newer; this is ${process.version}.`);
}

keep(
  'node_modules/.predictionx-installed',
  fingerprint(['package-lock.json']) + process.versions.modules,
  () => {
    console.log('Installing dependencies (a minute or two, once) …');
    // Development dependencies build the gateway, so they are installed with any NODE_ENV.
    run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  },
);

keep(
  'dist/.predictionx-built',
  fingerprint([
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'src',
    'dashboard/index.html',
    'dashboard/vite.config.ts',
    'dashboard/src',
  ]),
  () => {
    console.log('Building …');
    rmSync(at('dist'), { recursive: true, force: true });
    run('npm', ['run', '--silent', 'build']);
  },
);

/**
 * Does the work unless it was done for the same input before.
 * @param stamp the file that keeps the fingerprint of that input
 */
function keep(stamp, wanted, work) {
  if (existsSync(at(stamp)) && readFileSync(at(stamp), 'utf8') === wanted) return;
  rmSync(at(stamp), { force: true });
  work();
  mkdirSync(join(at(stamp), '..'), { recursive: true });
  writeFileSync(at(stamp), wanted);
}

function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesIn)) hash.update(`${path}\0`).update(readFileSync(at(path)));
  return hash.digest('hex');
}

function filesIn(path) {
  const entries = path.includes('.') ? [] : readdirSync(at(path), { recursive: true, withFileTypes: true });
  if (entries.length === 0) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0)
    stop(`"${command} ${args.join(' ')}" failed${error ? `: ${error.message}` : ''}; its output is above.`);
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
