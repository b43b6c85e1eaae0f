// What this machine has for the bench: programs, and cores to keep server and load apart.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, homedir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const has = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

export const HAS_WRK = has('wrk');
export const HAS_PINS = has('taskset') && availableParallelism() >= 2;
const SERVER_CORE = '0';
const LOAD_CORE = '1';

/** What goes before a command, so that the server under test has a core of its own. */
export const ON_SERVER_CORE = HAS_PINS ? ['taskset', '-c', SERVER_CORE] : [];
/** The same for the load, and for an InfluxDB that is not itself under test. */
export const ON_LOAD_CORE = HAS_PINS ? ['taskset', '-c', LOAD_CORE] : [];

const REQUIREMENTS = fileURLToPath(new URL('flask/requirements.txt', import.meta.url));

/** Installs what the Flask backend needs, once. @returns the folder of its programs, or why it cannot be had */
export function flaskPrograms() {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(homedir(), '.cache', 'predictionx', `bench-flask-${hash}`);
  const bin = join(folder, 'bin');
  const installed = join(folder, '.installed');
  if (existsSync(installed)) return { bin };
  if (!has('python3')) return { missing: 'it needs python3.' };
  console.error(`Installing the Flask backend into ${folder}, once …`);
  try {
    const stdio = ['ignore', 'ignore', 'inherit'];
    rmSync(folder, { recursive: true, force: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio });
    execFileSync(join(bin, 'pip'), ['install', '--quiet', '--requirement', REQUIREMENTS], { stdio });
  } catch (error) {
    return { missing: `${error.message.split('\n')[0]}; its output is above.` };
  }
  writeFileSync(installed, '');
  return { bin };
}

/** The machine in a line, for the table's heading. @param pinned whether server and load are kept apart */
export function describeMachine({ pinned = true } = {}) {
  const [{ model } = { model: 'unknown processor' }] = cpus();
  const cores = `${cpus().length} cores of ${model.trim()}, ${Math.round(totalmem() / (1 << 30))} GiB`;
  const pins = HAS_PINS
    ? `; the server on core ${SERVER_CORE}, the load on core ${LOAD_CORE}`
    : '; nothing pinned, as there is no taskset or no second core';
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cores}${pinned ? pins : ''}`;
}
