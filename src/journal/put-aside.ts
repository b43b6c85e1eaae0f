import { copyFileSync, linkSync, lstatSync, mkdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Takes a file or folder out of the way, into the folder for damaged files.
 * @returns where it is now; undefined when it could not be moved
 */
export function moveAside(path: string, aside: string): string | undefined {
  try {
    const target = targetOf(path, aside);
    renameSync(path, target);
    return target;
  } catch {
    return undefined;
  }
}

/** Keeps a file as it is in the folder for damaged files. Best effort: the start matters more than the evidence. */
export function keepAside(path: string, aside: string): void {
  try {
    const target = targetOf(path, aside);
    try {
      // It takes no space, and nothing has to be read of a file that cannot be read.
      linkSync(path, target);
    } catch {
      copyFileSync(path, target);
    }
  } catch {
    return;
  }
}

function targetOf(path: string, aside: string): string {
  makeFolder(aside);
  return join(aside, `${basename(path)}-${Date.now()}`);
}

/** Makes a folder; a file that stands in its place is renamed. */
export function makeFolder(folder: string): void {
  const there = lstatSync(folder, { throwIfNoEntry: false });
  if (there?.isFile()) renameSync(folder, `${folder}-${Date.now()}`);
  mkdirSync(folder, { recursive: true });
}
