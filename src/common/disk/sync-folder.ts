import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes the names in a folder survive a loss of power. @throws Error with the system's code */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeQuietly(fd);
  }
}

/** Linux lets go of a file whatever close() answers, and nothing that matters was left to it: see fdatasync. */
export function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    return;
  }
}
