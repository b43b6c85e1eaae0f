import { readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Logger } from '@nestjs/common';

import { StartError } from '../common/errors/start-error.js';
import type { FileOptions } from '../common/workers/call-thread.js';
import { explain, freeBytes, mayNeedRoom, START_BYTES } from '../common/disk/disk-problem.js';
import { isInTheWay, kindOf, makeAside, putAside } from '../common/disk/put-aside.js';
import { Ballast } from './ballast.js';
import { type DiskUsage, diskUsage } from './disk-usage.js';
import { DataDirLock } from './data-dir-lock.js';
import { ensureFolder } from './ensure-folder.js';
import { readMarker, type UncleanStop, writeMarker } from './run-marker.js';
import { restrictPermissions } from './restrict-permissions.js';

const MARKER = 'running.json';
const LOCK = 'lock.db';
const BALLAST = 'ballast';
const ASIDE = 'damaged';
/** Files that are opened as they are: those that CallThreads open are looked at there, and what is in journal/ by the journal. */
const FILES = /^(clock|ballast|running\.json|[a-z-]+\.db-(wal|shm|journal))$/;

/** The folder that holds all the gateway keeps. It belongs to one process at a time. */
export class DataDir implements FileOptions {
  private readonly logger = new Logger(DataDir.name);
  private open = true;
  private ballastProblem: string | undefined;

  private constructor(
    readonly path: string,
    private readonly lock: DataDirLock,
    private readonly ballast: Ballast,
    /** Set when the gateway that used the folder before was killed, crashed or lost its power. */
    readonly uncleanStop: UncleanStop | undefined,
    /** Free space that is left to others, in bytes. */
    readonly reserveBytes: number,
    /** What was found in the place of files, for a person. */
    readonly damages: readonly string[],
    /** What others could reach, for a person. */
    private readonly permissionWarning: string | undefined,
  ) {}

  /**
   * Makes the folder if it is missing, and takes it for this process. What stands in a file's place is put aside, and what
   * others may reach is closed to them. The ballast is given up where there is too little room to open files.
   * @param reserveBytes free space below which nothing is accepted; the ballast is kept only where there is more
   * @throws StartError when another gateway uses it, or when it cannot be written
   */
  static claim(path: string, reserveBytes: number): DataDir {
    const folder = resolve(path);
    ensureFolder(folder);
    try {
      const ballast = new Ballast(join(folder, BALLAST), reserveBytes);
      const damages = putAsideLock(folder);
      const lock = takeLock(folder, ballast);
      const before = readMarker(join(folder, MARKER));
      if (!lock) {
        const holder = before ? ` (process ${before.pid}, started ${before.startedAt})` : '';
        throw new StartError(
          `DATA_DIR ${folder} is in use by another gateway${holder}. Stop that one, or set DATA_DIR to another folder.`,
        );
      }
      damages.push(...putAsideFiles(folder));
      const openness = restrictPermissions(folder);
      if ((freeBytes(folder) ?? Infinity) < START_BYTES) ballast.drop();
      const dataDir = new DataDir(folder, lock, ballast, before, reserveBytes, damages, openness);
      dataDir.restoreBallast();
      return dataDir;
    } catch (error) {
      if (error instanceof StartError) throw error;
      throw new StartError(`DATA_DIR ${folder} cannot be used. ${explain(join(folder, LOCK), error)}`, {
        cause: error,
      });
    }
  }

  /** The folder for files that were found damaged. */
  get aside(): string {
    return this.file(ASIDE);
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
    this.reportBallast(this.ballast.drop());
  };

  /** Takes the ballast on again, where there is plenty of room. */
  restoreBallast(): void {
    this.reportBallast(this.ballast.restore());
  }

  /**
   * Notes that this process is at work here; if it never calls release(), the next one sees an uncleanStop.
   * Where that cannot be noted the gateway works all the same.
   */
  markRunning(): void {
    if (this.permissionWarning !== undefined) this.logger.warn(this.permissionWarning);
    try {
      writeMarker(this.file(MARKER), new Date());
    } catch (error) {
      this.logger.warn(
        `It cannot be noted that the gateway runs, so an unclean stop would not be told: ${(error as Error).message}`,
      );
    }
  }

  /** Marks a clean stop and lets go of the folder. May be called twice. */
  release(): void {
    if (!this.open) return;
    this.open = false;
    try {
      rmSync(this.file(MARKER), { force: true });
    } catch (error) {
      this.logger.warn(
        `The next start will take this stop for an unclean one, because ${MARKER} cannot be removed: ${(error as Error).message}`,
      );
    }
    this.lock.release();
  }

  /** Said once, not every time. */
  private reportBallast(problem: string | undefined): void {
    if (problem !== undefined && problem !== this.ballastProblem)
      this.logger.warn(`The ballast cannot be given up or taken again: ${problem}`);
    this.ballastProblem = problem;
  }
}

/** Puts aside what would keep the lock from being taken. @returns what there was, for a person */
function putAsideLock(folder: string): string[] {
  const aside = join(folder, ASIDE);
  const moved = ['file', 'other'].includes(kindOf(aside)) ? makeAside(aside) : undefined;
  return [
    ...(moved === undefined ? [] : [`${ASIDE} was no folder and is kept as ${moved}`]),
    ...putAllAside(folder, [LOCK, `${LOCK}-journal`]),
  ];
}

/** @returns undefined when another process holds it */
function takeLock(folder: string, ballast: Ballast): DataDirLock | undefined {
  const file = join(folder, LOCK);
  try {
    return DataDirLock.take(file);
  } catch (error) {
    if (!mayNeedRoom(error)) throw error;
    ballast.drop();
    return DataDirLock.take(file);
  }
}

/** Puts aside what stands in the place of files. @returns what there was, for a person */
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
      return `${name} was no file and is kept as ${kept}${lossOf(name)}`;
    });
}

/** A -wal holds what SQLite has not moved into the file yet. */
function lossOf(name: string): string {
  if (!name.endsWith('-wal')) return '';
  return `: what was written last to ${name.slice(0, -'-wal'.length)} may be missing`;
}
