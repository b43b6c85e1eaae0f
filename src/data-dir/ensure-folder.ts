import { accessSync, constants, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { StartError } from '../common/errors/start-error.js';
import { explain } from '../common/disk/disk-problem.js';
import { kindOf } from '../common/disk/put-aside.js';
import { syncFolder } from '../common/disk/sync-folder.js';

/**
 * Makes a folder, for this user alone, with the folders that it is in; what there is already stays as it is.
 * @throws StartError saying why it cannot be made or written
 */
export function ensureFolder(folder: string): void {
  try {
    const kind = kindOf(folder);
    if (kind !== 'folder' && kind !== 'missing')
      throw new StartError(`DATA_DIR ${folder} is no folder. ${REMEDY}`);
    if (kind === 'missing') makeFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`DATA_DIR ${folder} cannot be used: ${reasonOf(folder, error)}. ${REMEDY}`, {
      cause: error,
    });
  }
}

/** Node's own recursion never ends where the system denies that a parent is there, such as below /proc. */
function makeFolder(folder: string): void {
  const parent = dirname(folder);
  if (kindOf(parent) === 'missing') makeFolder(parent);
  mkdirSync(folder, { mode: 0o700 });
  // A name that is not synced may be gone with the power, and all that was synced below it.
  try {
    syncFolder(parent);
  } catch (error) {
    // Whoever may make a folder in another one may not always read that one, and there is no other way to sync it.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  }
}

const REMEDY = 'Set DATA_DIR to a folder that the gateway may write to, or to where it may make one.';

function reasonOf(folder: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `user ${process.geteuid?.() ?? 'of this process'} may not read and write there (${message})`;
    case 'EROFS':
      return `its disk is read-only (${message})`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `a part of that path is no folder (${message})`;
    case 'ENOSPC':
    case 'EDQUOT':
      return explain(folder, error);
    default:
      return message;
  }
}
