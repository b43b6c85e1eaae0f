import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { StartError } from '../errors/start-error.js';
import type { FileOptions } from '../threads/call-thread.js';
import { Ballast } from './ballast.js';
import { type DiskUsage, diskUsage } from './disk-usage.js';
import { DataDirLock } from './data-dir-lock.js';

const MARKER = 'running.json';

/** The gateway that left the folder without shutting down. */
export interface UncleanStop {
  readonly pid: number;
  /** When it had started, RFC 3339. */
  readonly startedAt: string;
}

/** The folder that holds all the gateway keeps. It belongs to one process at a time. */
export class DataDir implements FileOptions {
  private open = true;
  private readonly ballast: Ballast;

  private constructor(
    readonly path: string,
    private readonly lock: DataDirLock,
    /** Set when the gateway that used the folder before was killed, crashed or lost its power. */
    readonly uncleanStop: UncleanStop | undefined,
    /** Free space that is left to others, in bytes. */
    readonly reserveBytes: number,
  ) {
    this.ballast = new Ballast(this.file('ballast'), reserveBytes);
  }

  /**
   * Makes the folder if it is missing, and takes it for this process.
   * @param reserveBytes free space below which nothing is accepted; the ballast is kept only where there is more
   * @throws StartError when another gateway uses it, or when it cannot be written
   */
  static claim(path: string, reserveBytes: number): DataDir {
    const folder = resolve(path);
    try {
      mkdirSync(folder, { recursive: true });
      const lock = DataDirLock.take(join(folder, 'lock.db'));
      const before = readMarker(join(folder, MARKER));
      if (!lock) {
        const holder = before ? ` (process ${before.pid}, started ${before.startedAt})` : '';
        throw new StartError(
          `DATA_DIR ${folder} is in use by another gateway${holder}. Stop that one, or set DATA_DIR to another folder.`,
        );
      }
      return new DataDir(folder, lock, before, reserveBytes);
    } catch (error) {
      if (error instanceof StartError) throw error;
      throw new StartError(`DATA_DIR ${folder} cannot be used: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** The folder for files that were found damaged. */
  get aside(): string {
    return this.file('damaged');
  }

  /** The path of a file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** What the folder takes of its disk, and what is left there. */
  usage(): Promise<DiskUsage> {
    return diskUsage(this.path);
  }

  /** Gives up the ballast, so that a full disk can still be worked on. */
  readonly makeRoom = (): void => {
    this.ballast.drop();
  };

  /** Takes the ballast on again, where there is plenty of room. */
  restoreBallast(): void {
    this.ballast.restore();
  }

  /** Notes that this process is at work here; if it never calls release(), the next one sees an uncleanStop. */
  markRunning(): void {
    const marker: UncleanStop = { pid: process.pid, startedAt: new Date().toISOString() };
    writeFileSync(this.file(MARKER), JSON.stringify(marker));
  }

  /** Marks a clean stop and lets go of the folder. May be called twice. */
  release(): void {
    if (!this.open) return;
    this.open = false;
    rmSync(this.file(MARKER), { force: true });
    this.lock.release();
  }
}

/** What a marker says; one that was torn by a crash still tells that there was one. */
function readMarker(marker: string): UncleanStop | undefined {
  let text: string;
  try {
    text = readFileSync(marker, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { pid, startedAt } = JSON.parse(text) as Partial<UncleanStop>;
    return { pid: pid ?? 0, startedAt: startedAt ?? 'at an unknown time' };
  } catch {
    return { pid: 0, startedAt: 'at an unknown time' };
  }
}
