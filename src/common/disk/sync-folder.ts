import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes the file names in a folder survive a power failure. @throws Error with the system's code */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeQuietly(fd);
  }
}

/** Linux releases the file whatever close() returns, and fdatasync has reported all errors that matter. */
export function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    return;
  }
}
