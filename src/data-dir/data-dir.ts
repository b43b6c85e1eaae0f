import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Logger } from '@nestjs/common';

import { StartError } from '../common/errors/start-error.js';
import type { FileOptions } from '../common/workers/call-thread.js';
import { explainDiskError, freeBytes, mayNeedSpace, START_BYTES } from '../common/disk/explain-disk-error.js';
import { isInTheWay, kindOf, makeAside, putAside } from '../common/disk/put-aside.js';
import { Ballast } from './ballast.js';
import { checkFiles } from './check-files.js';
import { type DiskUsage, diskUsage } from './disk-usage.js';
import { DataDirLock } from './data-dir-lock.js';
import { ensureFolder } from './ensure-folder.js';
import { Ownership } from './ownership.js';
import { refuseRestoring } from './restore-marker.js';
import { readMarker, type UncleanShutdown, writeMarker } from './run-marker.js';
import { restrictPermissions } from './restrict-permissions.js';

const MARKER = 'running.json';
const LOCK = 'lock.db';
const BALLAST = 'ballast';
const ASIDE = 'damaged';
/** Keys may be made before the first start, so they are no data. */
const WITH_DATA = ['state.db', 'readings.db', 'journal'];
/** Files without a check of their own: CallThread checks the databases that it opens, and the journal checks journal/. */
const FILES = /^(clock|clock\.copy|ballast|running\.json|[a-z-]+\.db-(wal|shm|journal))$/;

/** What a start found at DATA_DIR: files of an earlier one, a folder without them, or nothing. */
export type FoundAs = 'used' | 'empty' | 'missing';

/** The folder of everything that the gateway stores. One process at a time may use it. */
export class DataDir extends Ownership implements FileOptions {
  private readonly logger = new Logger(DataDir.name);
  private open = true;
  private ballastProblem: string | undefined;

  private constructor(
    readonly path: string,
    readonly foundAs: FoundAs,
    private readonly lock: DataDirLock,
    private readonly ballast: Ballast,
    /** Set when the previous gateway was killed, crashed or lost its power. */
    readonly uncleanShutdown: UncleanShutdown | undefined,
    /** Free space to leave for others, in bytes. */
    readonly reserveBytes: number,
    /** What stood in the place of files, as log messages. */
    readonly damages: readonly string[],
    /** What others could reach, as a log message. */
    private readonly permissionWarning: string | undefined,
  ) {
    super();
  }

  /**
   * Creates the folder if it is missing, and locks it for this process. Moves aside what stands in the place of a file, and takes
   * permissions from others. Deletes the ballast when there is too little space to open files.
   * @param reserveBytes free space below which nothing is accepted; the ballast needs more than that
   * @throws StartError when another gateway uses the folder, or when it cannot be written
   */
  static claim(path: string, reserveBytes: number): DataDir {
    const folder = resolve(path);
    const foundAs = find(folder);
    ensureFolder(folder);
    refuseRestoring(folder);
    try {
      const ballast = new Ballast(join(folder, BALLAST), reserveBytes);
      checkFiles(folder);
      const damages = putAsideLock(folder);
      const lock = takeLock(folder, ballast);
      const before = readMarker(join(folder, MARKER));
      if (!lock) {
        const holder = before ? ` (process ${before.pid}, started ${before.startedAt})` : '';
        throw new StartError(
          `DATA_DIR ${folder} is in use by another gateway${holder}. Stop that gateway, or set DATA_DIR to another folder.`,
        );
      }
      // A restore may have begun, and ended, since.
      refuseRestoring(folder);
      damages.push(...putAsideFiles(folder));
      const warning = restrictPermissions(folder);
      if ((freeBytes(folder) ?? Infinity) < START_BYTES) ballast.drop();
      const dataDir = new DataDir(folder, foundAs, lock, ballast, before, reserveBytes, damages, warning);
      dataDir.restoreBallast();
      return dataDir;
    } catch (error) {
      if (error instanceof StartError) throw error;
      const { path: file = join(folder, LOCK) } = error as NodeJS.ErrnoException;
      throw new StartError(`DATA_DIR ${folder} cannot be used. ${explainDiskError(file, error)}`, {
        cause: error,
      });
    }
  }

  /** The folder for damaged files. */
  get aside(): string {
    return this.file(ASIDE);
  }

  /** The path of a file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** The space that the folder uses, and the free space of its disk. */
  usage(): Promise<DiskUsage> {
    return diskUsage(this.path);
  }

  /** Deletes the ballast, so that the gateway can still work on a full disk. */
  readonly makeRoom = (): void => {
    this.reportBallast(this.ballast.drop());
  };

  /** Creates the ballast again when there is plenty of space. */
  restoreBallast(): void {
    this.reportBallast(this.ballast.restore());
  }

  /**
   * Marks that a gateway is running; if it never calls release(), the next one sees an uncleanShutdown. When the marker cannot
   * be written, the gateway still runs.
   */
  markRunning(): void {
    if (this.permissionWarning !== undefined) this.logger.warn(this.permissionWarning);
    try {
      writeMarker(this.file(MARKER), new Date());
    } catch (error) {
      this.logger.warn(
        `Cannot write ${MARKER}, so the next start will not notice an unclean stop: ${(error as Error).message}`,
      );
    }
  }

  /** Marks a clean shutdown, too. */
  release(): void {
    if (!this.open) return;
    this.open = false;
    try {
      rmSync(this.file(MARKER), { force: true });
    } catch (error) {
      this.logger.warn(
        `Cannot remove ${MARKER}, so the next start will report an unclean stop: ${(error as Error).message}`,
      );
    }
    this.lock.release();
  }

  /** Logs the same problem once. */
  private reportBallast(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.ballastProblem)
      this.logger.warn(`Cannot delete or restore the ballast: ${problem}`);
    this.ballastProblem = problem;
  }
}

function find(folder: string): FoundAs {
  if (!existsSync(folder)) return 'missing';
  return WITH_DATA.some((name) => existsSync(join(folder, name))) ? 'used' : 'empty';
}

/** Moves aside what would prevent the lock. @returns what it was, as log messages */
function putAsideLock(folder: string): string[] {
  const aside = join(folder, ASIDE);
  const moved = ['file', 'other'].includes(kindOf(aside)) ? makeAside(aside) : undefined;
  return [
    ...(moved === undefined ? [] : [`${ASIDE} was not a folder and was moved to ${moved}`]),
    ...putAllAside(folder, [LOCK, `${LOCK}-journal`]),
  ];
}

/** @returns undefined when another process holds it */
function takeLock(folder: string, ballast: Ballast): DataDirLock | undefined {
  const file = join(folder, LOCK);
  try {
    return DataDirLock.take(file);
  } catch (error) {
    if (!mayNeedSpace(error)) throw error;
    ballast.drop();
    return DataDirLock.take(file);
  }
}

/** Moves aside what stands in the place of files. @returns what it was, as log messages */
function putAsideFiles(folder: string): string[] {
  return putAllAside(
    folder,
    readdirSync(folder).filter((name) => FILES.test(name)),
  );
}

function putAllAside(folder: string, names: readonly string[]): string[] {
  return names
    .filter((name) => isInTheWay(join(folder, name)))
    .map((name) => {
      const kept = putAside(join(folder, name), join(folder, ASIDE));
      return `${name} was not a file and was moved to ${kept}${lossOf(name)}`;
    });
}

/** A -wal file holds what SQLite has not moved into the database yet. */
function lossOf(name: string): string {
  if (!name.endsWith('-wal')) return '';
  return `: the last writes to ${name.slice(0, -'-wal'.length)} may be missing`;
}
