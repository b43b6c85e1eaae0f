// Programs that peers need. They are installed or built once, below ~/.cache/predictionx, and again when their input changes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { findTelegraf } from '../../tools/telegraf/find.mjs';
import { has } from './machine.mjs';

const CACHE = join(homedir(), '.cache', 'predictionx');
const NOT_BUILT = 'it is not built yet, and --short builds nothing.';
const STDIO = ['ignore', 'ignore', 'inherit'];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The path of a program that is made from these files. */
function placeFor(name, files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return join(CACHE, `bench-${name}-${hash.digest('hex').slice(0, 12)}`);
}

/** Says why a program could not be made. @param error of the command that failed */
const failed = (error) => `${error.message.split('\n')[0]}; its output is above.`;

/** Installs the packages of the Flask backend, once. @returns the folder of its programs, or the reason why it is missing */
export function flaskPrograms() {
  const requirements = here('flask/requirements.txt');
  const folder = placeFor('flask', [requirements]);
  const bin = join(folder, 'bin');
  const installed = join(folder, '.installed');
  if (existsSync(installed)) return { bin };
  if (!has('python3')) return { missing: 'it needs python3.' };
  console.error(`Installing the Flask backend into ${folder}, once …`);
  try {
    rmSync(folder, { recursive: true, force: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: STDIO });
    execFileSync(join(bin, 'pip'), ['install', '--quiet', '--requirement', requirements], { stdio: STDIO });
  } catch (error) {
    return { missing: failed(error) };
  }
  writeFileSync(installed, '');
  return { bin };
}

/**
 * Builds a program from the Go module in a folder beside this file, once.
 * @param main the package, in that module or in one that it requires
 * @param files the files of the module
 * @returns a function that returns the program's path, or the reason why it is missing; without `mayBuild` it builds nothing
 */
const goProgram =
  (name, main, files) =>
  ({ mayBuild = false } = {}) => {
    const folder = here(`${name}/`);
    const program = placeFor(
      name,
      files.map((file) => join(folder, file)),
    );
    if (existsSync(program)) return { program };
    if (!mayBuild) return { missing: NOT_BUILT };
    if (!has('go')) return { missing: 'it needs Go 1.26.' };
    console.error(`Building ${name} into ${program}, once; this takes some minutes …`);
    try {
      mkdirSync(CACHE, { recursive: true });
      const args = ['build', '-trimpath', '-ldflags=-s -w', '-o', `${program}.tmp`, main];
      execFileSync('go', args, { cwd: folder, stdio: STDIO });
      renameSync(`${program}.tmp`, program);
    } catch (error) {
      return { missing: failed(error) };
    }
    return { program };
  };

/** The tests use the same Telegraf. @returns as goProgram() does */
export function telegrafProgram({ mayBuild = false } = {}) {
  const program = findTelegraf();
  if (program) return { program };
  if (!mayBuild) return { missing: NOT_BUILT };
  if (!has('go')) return { missing: 'it needs Go 1.26.' };
  console.error('Building Telegraf, once; this takes about a minute …');
  try {
    execFileSync(here('../../tools/telegraf/build.sh'), { stdio: STDIO });
  } catch (error) {
    return { missing: failed(error) };
  }
  return { program: findTelegraf() };
}

export const victoriaMetricsProgram = goProgram(
  'victoria-metrics',
  'github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics',
  ['go.mod', 'go.sum'],
);
