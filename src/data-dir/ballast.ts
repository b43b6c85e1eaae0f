import { randomBytes } from 'node:crypto';
import { rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const BYTES = 4 << 20;

/**
 * A file that is given up when the disk is full: SQLite, which keeps the pipeline's state and the system log, needs
 * room even to delete. With the room it leaves, queued readings are forwarded, and their segments make more.
 */
export class Ballast {
  constructor(
    private readonly path: string,
    private readonly reserveBytes: number,
  ) {
    this.restore();
  }

  /** Gives the space up. */
  drop(): void {
    rmSync(this.path, { force: true });
  }

  /** Takes the space again, where there is plenty. */
  restore(): void {
    if (statSync(this.path, { throwIfNoEntry: false })?.size === BYTES) return;
    const { bavail, bsize } = statfsSync(dirname(this.path));
    if (bavail * bsize < this.reserveBytes + 2 * BYTES) return;
    try {
      // Random, so that no file system compresses it away.
      writeFileSync(this.path, randomBytes(BYTES));
    } catch {
      this.drop();
    }
  }
}
