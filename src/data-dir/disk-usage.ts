import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Space on the disk, in bytes. */
export interface DiskUsage {
  /** What the files below a folder take. */
  readonly used: number;
  /** What may still be taken. */
  readonly free: number;
}

/** How much the files below a folder take, and how much is left on its disk. */
export async function diskUsage(folder: string): Promise<DiskUsage> {
  const { bavail, bsize } = await statfs(folder);
  return { used: await sizeOf(folder), free: bavail * bsize };
}

async function sizeOf(folder: string): Promise<number> {
  // A folder may be deleted meanwhile, or be another user's: what is above it counts all the same.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    // A segment may be deleted meanwhile.
    return entry.isDirectory()
      ? sizeOf(path)
      : stat(path).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        );
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
