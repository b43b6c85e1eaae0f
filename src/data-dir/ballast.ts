import { randomBytes } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { freeBytes } from '../common/disk/explain-disk-error.js';

export const BALLAST_BYTES = 4 << 20;

/**
 * A file that the gateway deletes when the disk is full: SQLite, which holds the pipeline's state and the system log, needs
 * space even to delete. The freed space lets it forward queued readings, whose segments then free more.
 * It only helps, so nothing here throws.
 */
export class Ballast {
  constructor(
    private readonly path: string,
    private readonly reserveBytes: number,
  ) {}

  /** Frees the space. @returns why it cannot; undefined on success */
  drop(): string | undefined {
    return problemOf(() => {
      rmSync(this.path, { force: true });
    });
  }

  /** Takes the space again when the disk has plenty. @returns why it cannot; undefined on success, and when space is short */
  restore(): string | undefined {
    const problem = problemOf(() => {
      if (statSync(this.path, { throwIfNoEntry: false })?.size === BALLAST_BYTES) return;
      if ((freeBytes(dirname(this.path)) ?? 0) < this.reserveBytes + 2 * BALLAST_BYTES) return;
      // Random bytes, so that no file system can compress them.
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
