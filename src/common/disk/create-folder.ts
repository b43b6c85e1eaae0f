import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { kindOf } from './put-aside.js';
import { syncFolder } from './sync-folder.js';

/**
 * Creates a folder for this user only, and its missing parents. Node's own recursion never ends where the system says that an
 * existing parent is missing, such as in /proc.
 * @throws the system's error, such as EEXIST when the folder exists
 */
export function createFolder(folder: string): void {
  const parent = dirname(folder);
  if (kindOf(parent) === 'missing') createFolder(parent);
  mkdirSync(folder, { mode: 0o700 });
  // Without a sync of the parent, a power cut may remove the folder with everything in it.
  try {
    syncFolder(parent);
  } catch (error) {
    // A user may be allowed to create a folder in a parent, but not to read the parent, and a sync needs to read it.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  }
}
