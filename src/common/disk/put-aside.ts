import { copyFileSync, linkSync, lstatSync, mkdirSync, renameSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What is at a path. Links are followed; a broken one is 'other', and so are pipes, sockets and devices. */
export type Kind = 'file' | 'folder' | 'missing' | 'other';

/** @throws Error with the system's code when the check fails */
export function kindOf(path: string): Kind {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return 'missing';
  if (!stats.isSymbolicLink()) return kindIn(stats);
  try {
    return kindIn(statSync(path));
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code)) return 'other';
    throw error;
  }
}

/** Whether the path holds something other than a file. Opening a pipe, for example, would block forever. */
export function isInTheWay(path: string): boolean {
  const kind = kindOf(path);
  return kind !== 'file' && kind !== 'missing';
}

/**
 * Moves a file, or whatever is at its path, into the folder for damaged files.
 * @param suffixes of the files that belong to it and move with it, such as -wal
 * @returns its new path
 */
export function putAside(path: string, aside: string, suffixes: readonly string[] = []): string {
  makeAside(aside);
  const target = freePath(join(aside, basename(path)));
  // The file itself moves last: if this is interrupted, its other files still belong to it.
  for (const suffix of [...suffixes, '']) {
    if (kindOf(path + suffix) !== 'missing') renameSync(path + suffix, target + suffix);
  }
  return target;
}

/** The same when it may also stay in place. @returns undefined when it cannot be moved */
export function tryPutAside(path: string, aside: string): string | undefined {
  try {
    // A name that is not valid Unicode cannot be found again.
    return kindOf(path) === 'missing' ? undefined : putAside(path, aside);
  } catch {
    return undefined;
  }
}

/** Copies a file into the folder for damaged files. Best effort: a start matters more than the evidence. */
export function keepAside(path: string, aside: string): void {
  try {
    makeAside(aside);
    const target = freePath(join(aside, basename(path)));
    try {
      // A link takes no space, and works for a file that cannot be read.
      linkSync(path, target);
    } catch {
      copyFileSync(path, target);
    }
  } catch {
    return;
  }
}

/**
 * Creates the folder for damaged files. Anything else at its path is moved into it.
 * @returns the new path of what was moved
 */
export function makeAside(aside: string): string | undefined {
  const kind = kindOf(aside);
  if (kind === 'folder') return undefined;
  if (kind === 'missing') {
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    return undefined;
  }
  const moved = freePath(aside);
  renameSync(aside, moved);
  mkdirSync(aside, { mode: 0o700 });
  const kept = join(aside, basename(moved));
  renameSync(moved, kept);
  return kept;
}

function freePath(path: string): string {
  let at = Date.now();
  while (kindOf(`${path}-${at}`) !== 'missing') at += 1;
  return `${path}-${at}`;
}

function kindIn(stats: Stats): Kind {
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : 'other';
}
