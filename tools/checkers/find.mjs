import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** @returns the path of a checker such as promtool; undefined when it is not installed */
export function findChecker(name) {
  const cache = process.env.CHECKERS_CACHE ?? join(homedir(), '.cache', 'predictionx', 'checkers');
  const folders = [join(cache, 'bin'), ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** @returns how to install the missing ones of these programs; undefined when none is missing */
export function missingCheckers(...names) {
  const missing = names.filter((name) => !findChecker(name));
  return missing.length === 0
    ? undefined
    : `It needs ${missing.join(', ')}: tools/checkers/install.sh installs them (Debian, Go and Python).`;
}
