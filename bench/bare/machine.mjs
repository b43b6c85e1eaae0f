// The programs of this machine that the benchmark can use, and separate cores for the server and the load.
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Whether the program is installed. */
export const has = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

export const HAS_WRK = has('wrk');
export const HAS_PINS = has('taskset') && availableParallelism() >= 2;
const SERVER_CORE = '0';
const LOAD_CORE = '1';

/** The beginning of a command that gives the tested server a core of its own. */
export const ON_SERVER_CORE = HAS_PINS ? ['taskset', '-c', SERVER_CORE] : [];
/** The same for the load, and for an InfluxDB that is not tested itself. */
export const ON_LOAD_CORE = HAS_PINS ? ['taskset', '-c', LOAD_CORE] : [];

/** Describes the machine in one line. @param pinned whether the server and the load run on separate cores */
export function describeMachine({ pinned = true } = {}) {
  const [{ model } = { model: 'unknown processor' }] = cpus();
  const cores = `${cpus().length} cores of ${model.trim()}, ${Math.round(totalmem() / (1 << 30))} GiB`;
  const pins = HAS_PINS
    ? `; the server on core ${SERVER_CORE}, the load on core ${LOAD_CORE}`
    : '; nothing is pinned, because taskset or a second core is missing';
  return `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cores}${pinned ? pins : ''}`;
}
