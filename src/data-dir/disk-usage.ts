import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Space on the disk, in bytes. */
export interface DiskUsage {
  /** Used by the files of a folder. */
  readonly used: number;
  /** Free on its disk. */
  readonly free: number;
}

/** Measures the files of a folder, and the free space of its disk. */
export async function diskUsage(folder: string): Promise<DiskUsage> {
  const { bavail, bsize } = await statfs(folder);
  return { used: await sizeOf(folder), free: bavail * bsize };
}

async function sizeOf(folder: string): Promise<number> {
  // A folder may have been deleted, or belong to another user: the rest still counts.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    // A segment may have been deleted.
    return entry.isDirectory()
      ? sizeOf(path)
      : stat(path).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        );
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
