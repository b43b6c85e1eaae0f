import { accessSync, constants } from 'node:fs';

import { explainAccess } from '../common/errors/explain-access.js';
import { StartError } from '../common/errors/start-error.js';
import { createFolder } from '../common/disk/create-folder.js';
import { explainDiskError } from '../common/disk/explain-disk-error.js';
import { kindOf } from '../common/disk/put-aside.js';

/**
 * Creates a folder for this user only, and its missing parents; existing folders stay as they are.
 * @throws StartError when the folder cannot be created or written
 */
export function ensureFolder(folder: string): void {
  try {
    const kind = kindOf(folder);
    if (kind !== 'folder' && kind !== 'missing')
      throw new StartError(`DATA_DIR ${folder} is not a folder. ${REMEDY}`);
    if (kind === 'missing') createFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`DATA_DIR ${folder} cannot be used: ${reasonOf(folder, error)}`, { cause: error });
  }
}

const REMEDY = 'Set DATA_DIR to a folder that the gateway can write to, or that it can create.';

function reasonOf(folder: string, error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return explainDiskError(folder, error);
  return explainAccess(folder) ?? `${message}. ${REMEDY}`;
}
