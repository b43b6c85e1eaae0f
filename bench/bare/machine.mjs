// What this machine has for the bench: programs, and cores to keep server and load apart.
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Whether there is such a program. */
export const has = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

export const HAS_WRK = has('wrk');
export const HAS_PINS = has('taskset') && availableParallelism() >= 2;
const SERVER_CORE = '0';
const LOAD_CORE = '1';

/** What goes before a command, so that the server under test has a core of its own. */
export const ON_SERVER_CORE = HAS_PINS ? ['taskset', '-c', SERVER_CORE] : [];
/** The same for the load, and for an InfluxDB that is not itself under test. */
export const ON_LOAD_CORE = HAS_PINS ? ['taskset', '-c', LOAD_CORE] : [];

/** The machine in a line, for the table's heading. @param pinned whether server and load are kept apart */
export function describeMachine({ pinned = true } = {}) {
  const [{ model } = { model: 'unknown processor' }] = cpus();
  const cores = `${cpus().length} cores of ${model.trim()}, ${Math.round(totalmem() / (1 << 30))} GiB`;
  const pins = HAS_PINS
    ? `; the server on core ${SERVER_CORE}, the load on core ${LOAD_CORE}`
    : '; nothing pinned, as there is no taskset or no second core';
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cores}${pinned ? pins : ''}`;
}
