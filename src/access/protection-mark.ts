import { closeSync, existsSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Another file than the keys' own, so that losing one of them does not open the gateway. */
const MARK = 'protected';
const TEXT =
  'A key was made in this folder, so the gateway serves nobody without one. docs/security.md says more.\n';

/** Notes for good that a key was made here. Returns once that is on disk. */
export function protect(folder: string): void {
  if (isProtected(folder)) return;
  const file = openSync(join(folder, MARK), 'w');
  try {
    writeSync(file, TEXT);
    fsyncSync(file);
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

export function isProtected(folder: string): boolean {
  return existsSync(join(folder, MARK));
}
