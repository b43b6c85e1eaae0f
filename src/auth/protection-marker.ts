import { closeSync, fsyncSync, lstatSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file beside the key file: losing one of the two does not let requests in without a key. */
const MARKER = 'protected';
const TEXT =
  'A key was made in this folder, so the gateway serves nobody without one. docs/security.md says more.\n';

/** Records for good that a key was made in this folder. Returns once that is on disk. */
export function protect(folder: string): void {
  if (isProtected(folder)) return;
  const path = join(folder, MARKER);
  const file = openSync(path, 'a', 0o600);
  try {
    writeSync(file, TEXT);
    fsyncSync(file);
  } catch (error) {
    // No key is made then, so requests without a key must still be accepted.
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
 * Anything with the marker's name counts, also a folder or a broken link: a mistake here would let everyone in.
 * @throws Error with the system's code when the check fails
 */
export function isProtected(folder: string): boolean {
  return lstatSync(join(folder, MARKER), { throwIfNoEntry: false }) !== undefined;
}
