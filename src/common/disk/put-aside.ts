import { copyFileSync, linkSync, lstatSync, mkdirSync, renameSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What stands at a path. Links are followed; one that leads nowhere is 'other', as pipes, sockets and devices are. */
export type Kind = 'file' | 'folder' | 'missing' | 'other';

/** @throws Error with the system's code when that cannot be told */
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

/** Whether something other than a file is in a file's place. Opening a pipe, for one, would wait for ever. */
export function isInTheWay(path: string): boolean {
  const kind = kindOf(path);
  return kind !== 'file' && kind !== 'missing';
}

/**
 * Moves what stands at a path, whatever it is, into the folder for damaged files.
 * @param suffixes what belongs to it and goes with it, such as -wal
 * @returns where it is kept now
 */
export function putAside(path: string, aside: string, suffixes: readonly string[] = []): string {
  makeAside(aside);
  const target = freePath(join(aside, basename(path)));
  // The file itself goes last: without it, what belongs to it would be taken for another file's.
  for (const suffix of [...suffixes, '']) {
    if (kindOf(path + suffix) !== 'missing') renameSync(path + suffix, target + suffix);
  }
  return target;
}

/** The same for what can stay where it is. @returns undefined when it cannot be moved */
export function tryPutAside(path: string, aside: string): string | undefined {
  try {
    // Some names cannot be spoken in Unicode, and so not be found again.
    return kindOf(path) === 'missing' ? undefined : putAside(path, aside);
  } catch {
    return undefined;
  }
}

/** Keeps a file as it is in the folder for damaged files. Best effort: the start matters more than the evidence. */
export function keepAside(path: string, aside: string): void {
  try {
    makeAside(aside);
    const target = freePath(join(aside, basename(path)));
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

/**
 * Makes the folder for damaged files. Something else that stands in its place goes into it.
 * @returns where that is kept now
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
