import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { kindOf } from '../common/disk/put-aside.js';
import { explainObstacle, findObstacle } from '../common/errors/explain-access.js';
import { StartError } from '../common/errors/start-error.js';
import { isOurFile, LOST_AND_FOUND } from './restrict-permissions.js';

/** What each start opens for writing. The journal names those of its segments that it cannot open, and a store its file. */
const OPENED = /^(journal|clock(\.copy)?|(state|rules|system-log|keys|lock)\.db(-wal|-shm|-journal)?)$/;
const CHECKPOINT = join('journal', 'noted');

/**
 * Checks that this process may use all files of a DATA_DIR, so that one message says it of all of them: after a start as
 * root, for example, every new file belongs to root.
 * @throws StartError that names the first file, its owner and what to do
 */
export function checkFiles(folder: string): void {
  const all = readdirSync(folder);
  const isShared = !all.every((name) => name === LOST_AND_FOUND || isOurFile(name));
  const names = all.filter((name) => OPENED.test(name));
  const paths = [...names, CHECKPOINT].map((name) => join(folder, name)).filter(isFileOrFolder);
  const obstacles = paths.flatMap((path) => findObstacle(path) ?? []);
  const [first, ...others] = obstacles;
  if (!first) return;
  const more = others.length === 0 ? '' : ` (${others.length} more of its files are like that)`;
  throw new StartError(
    `DATA_DIR ${folder} cannot be used${more}: ${explainObstacle(first, first.path, isShared ? undefined : folder)}`,
  );
}

/** Anything else is moved aside. */
function isFileOrFolder(path: string): boolean {
  try {
    return ['file', 'folder'].includes(kindOf(path));
  } catch {
    // A folder above it is not one, or may not be used, and is found itself.
    return false;
  }
}
