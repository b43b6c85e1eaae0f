import { closeSync, fsyncSync, lstatSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { syncFolder } from '../common/disk/sync-folder.js';
import { StartError } from '../common/errors/start-error.js';

/** A file that is in DATA_DIR while a backup is restored into it. */
const MARKER = 'restoring';

/** Records that the folder holds a part of a backup at most. Returns once that is on disk. */
export function beginRestore(folder: string): void {
  const file = openSync(join(folder, MARKER), 'w', 0o600);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncFolder(folder);
}

/** Records that the backup is restored as a whole; everything of it must be on disk. */
export function endRestore(folder: string): void {
  syncFolder(folder);
  rmSync(join(folder, MARKER));
  syncFolder(folder);
}

/** Whether a restore into the folder runs, or was cut off. */
export function isRestoring(folder: string): boolean {
  return lstatSync(join(folder, MARKER), { throwIfNoEntry: false }) !== undefined;
}

/**
 * @param path as the user names the folder
 * @throws StartError while a restore into it runs, or when one was cut off
 */
export function refuseRestoring(folder: string, path = `DATA_DIR ${folder}`): void {
  if (isRestoring(folder))
    throw new StartError(
      `${path} holds a part of a backup: a restore is running, or was cut off. ` +
        'Run predictionx restore again; or delete everything in the folder to start without it.',
    );
}
