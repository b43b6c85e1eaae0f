import { randomBytes } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { freeBytes } from '../common/disk/disk-problem.js';

export const BALLAST_BYTES = 4 << 20;

/**
 * A file that is given up when the disk is full: SQLite, which keeps the pipeline's state and the system log, needs
 * room even to delete. With the room it leaves, queued readings are forwarded, and their segments make more.
 * It is only a help, so nothing here throws.
 */
export class Ballast {
  constructor(
    private readonly path: string,
    private readonly reserveBytes: number,
  ) {}

  /** Gives the space up. @returns why it cannot be given up */
  drop(): string | undefined {
    return problemOf(() => {
      rmSync(this.path, { force: true });
    });
  }

  /** Takes the space again, where there is plenty. @returns why it cannot be taken, where there is */
  restore(): string | undefined {
    const problem = problemOf(() => {
      if (statSync(this.path, { throwIfNoEntry: false })?.size === BALLAST_BYTES) return;
      if ((freeBytes(dirname(this.path)) ?? 0) < this.reserveBytes + 2 * BALLAST_BYTES) return;
      // Random, so that no file system compresses it away.
      writeFileSync(this.path, randomBytes(BALLAST_BYTES), { mode: 0o600 });
    });
    if (problem !== undefined) this.drop();
    return problem;
  }
}

function problemOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
