import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { BackupError } from '../../backup/backup-error.js';
import { isDiskFull } from '../../common/disk/explain-disk-error.js';
import { ensureFolder } from '../../data-dir/ensure-folder.js';
import { DataDirLock } from '../../data-dir/data-dir-lock.js';
import { beginRestore, endRestore, isRestoring } from '../../data-dir/restore-marker.js';
import { isOurFile, LOST_AND_FOUND } from '../../data-dir/restrict-permissions.js';
import { readMarker } from '../../data-dir/run-marker.js';
import type { StorePlace } from '../../influx/store-place.js';
import { count } from '../number-text.js';
import { checkBackup, type CheckedBackup, findBackup } from './check-backup.js';
import { unpackBackup } from './unpack-backup.js';

const LOCK = 'lock.db';

/** What the gateway has that will start from the backup. */
export interface RestoreTarget {
  readonly dataDir: string;
  /** Where its readings go. */
  readonly store: StorePlace['kind'];
}

/** The options of the command. */
export interface RestoreOptions {
  /** Only check that the backup is whole. */
  readonly check?: boolean;
}

/**
 * Makes an empty folder the DATA_DIR of the gateway that a backup was made of. Nothing is written before the whole backup was
 * read and found sound. A restore that is cut off leaves a mark: no gateway starts then, and the next restore begins again.
 * @param dir the folder of the backup, or its file
 * @throws Error that says why it cannot be restored
 */
export async function restoreBackup(
  dir: string,
  { dataDir, store }: RestoreTarget,
  { check }: RestoreOptions,
): Promise<void> {
  const path = findBackup(dir);
  const folder = resolve(dataDir);
  if (!check) refuseUsed(folder);
  let backup: CheckedBackup;
  try {
    backup = await checkBackup(path);
  } catch (error) {
    throw error instanceof BackupError
      ? new Error(`${path} cannot be restored: ${error.message}`, { cause: error })
      : error;
  }
  const { header, end, bytes } = backup;
  const what = `made at ${header.createdAt} by version ${header.version}, ${count(bytes)} bytes, ${count(end.readings)} readings of the embedded store`;
  if (check) {
    console.log(`${path} is whole: ${what}`);
    return;
  }
  await restoreInto(folder, backup);
  console.log(`${folder} is restored from ${path}: ${what}`);
  if (store !== header.store) warnOfOtherStore(store, end.readings);
}

/** The gateway may be started with the right variables: nothing has been sent yet. */
function warnOfOtherStore(store: StorePlace['kind'], readings: number): void {
  console.warn(
    store === 'embedded'
      ? 'Warning: the gateway of this backup had its readings in InfluxDB, but INFLUXDB_URL is not set here. Set it before the gateway starts; otherwise what is queued in the backup goes to the embedded store'
      : `Warning: the gateway of this backup had its readings in the embedded store, but INFLUXDB_URL is set here: the gateway will not show the ${count(readings)} readings in readings.db, and what is queued in the backup goes to InfluxDB. Unset INFLUXDB_URL before the gateway starts, or see docs/moving.md`,
  );
}

async function restoreInto(folder: string, backup: CheckedBackup): Promise<void> {
  ensureFolder(folder);
  const lock = DataDirLock.take(join(folder, LOCK));
  if (!lock) throw new Error(inUse(folder));
  try {
    // Somebody may have used it while the backup was checked.
    refuseNotEmpty(folder);
    beginRestore(folder);
    removeEarlier(folder);
    await unpackBackup(backup, folder);
    endRestore(folder);
  } catch (error) {
    throw isRestoring(folder) ? cutOff(folder, error as Error) : error;
  } finally {
    lock.release();
  }
}

/** The error of a restore that left a part of the backup. */
function cutOff(folder: string, error: Error): Error {
  const why = isDiskFull(error) ? `the disk is full (${error.message})` : error.message;
  const after = 'It holds only a part of the backup, and no gateway starts there';
  const next =
    error instanceof BackupError
      ? 'Run the command again with another backup'
      : 'Run the command again when that is mended';
  return new Error(`The restore into ${folder} failed: ${why}. ${after}. ${next}`, { cause: error });
}

/** @throws Error when a gateway uses the folder, or when it holds something other than a restore that was cut off */
function refuseUsed(folder: string): void {
  if (!existsSync(folder)) return;
  if (existsSync(join(folder, LOCK))) {
    const lock = DataDirLock.take(join(folder, LOCK));
    if (!lock) throw new Error(inUse(folder));
    lock.release();
  }
  refuseNotEmpty(folder);
}

function refuseNotEmpty(folder: string): void {
  const mayStay = (name: string): boolean =>
    name === LOST_AND_FOUND || name.startsWith(LOCK) || (isRestoring(folder) && isOurFile(name));
  const name = readdirSync(folder).find((one) => !mayStay(one));
  if (name !== undefined)
    throw new Error(
      `DATA_DIR ${folder} is not empty: it holds ${name}. A backup is restored into an empty folder only: move what is there away, or set DATA_DIR to another folder`,
    );
}

/** What a restore before left behind. */
function removeEarlier(folder: string): void {
  for (const name of readdirSync(folder))
    if (isOurFile(name) && !name.startsWith(LOCK) && name !== 'restoring')
      rmSync(join(folder, name), { recursive: true, force: true });
}

function inUse(folder: string): string {
  const holder = readMarker(join(folder, 'running.json'));
  const who = holder ? ` (process ${holder.pid}, started ${holder.startedAt})` : '';
  return `DATA_DIR ${folder} is in use by a gateway or another command${who}. Stop it, or set DATA_DIR to another folder`;
}
