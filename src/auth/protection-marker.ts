import { closeSync, fsyncSync, lstatSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Another file than the keys' own, so that losing one of them does not open the gateway. */
const MARK = 'protected';
const TEXT =
  'A key was made in this folder, so the gateway serves nobody without one. docs/security.md says more.\n';

/** Notes for good that a key was made here. Returns once that is on disk. */
export function protect(folder: string): void {
  if (isProtected(folder)) return;
  const path = join(folder, MARK);
  const file = openSync(path, 'a', 0o600);
  try {
    writeSync(file, TEXT);
    fsyncSync(file);
  } catch (error) {
    // No key is made then, and nobody is to be shut out for it.
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/**
 * Whatever bears the mark's name is the mark, a folder or a link that leads nowhere, too: this must not open by mistake.
 * @throws Error with the system's code when that cannot be told
 */
export function isProtected(folder: string): boolean {
  return lstatSync(join(folder, MARK), { throwIfNoEntry: false }) !== undefined;
}
