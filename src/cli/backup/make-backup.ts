import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { BackupError } from '../../backup/backup-error.js';
import { BACKUP_FILE, FrameKind } from '../../backup/backup-format.js';
import { parseEnd, readBackup } from '../../backup/read-backup.js';
import { createFolder } from '../../common/disk/create-folder.js';
import { isDiskFull } from '../../common/disk/explain-disk-error.js';
import { syncFolder } from '../../common/disk/sync-folder.js';
import type { GatewayOptions } from '../gateway-options.js';
import { count } from '../number-text.js';
import { ProgressLine } from '../progress-line.js';
import { requestBackup } from './request-backup.js';

/** While the file is not whole it has another name. */
const PART = '.part';

/**
 * Asks a gateway for a backup and writes it into a folder. The file has its name only once it is whole and on disk.
 * @throws Error that says why there is no backup; nothing of it stays then
 */
export async function makeBackup(dir: string, options: GatewayOptions, signal: AbortSignal): Promise<void> {
  const folder = resolve(dir);
  const path = join(folder, BACKUP_FILE);
  if (existsSync(path)) throw new Error(`${path} exists already; name another folder`);
  const chunks = await requestBackup(options, signal);
  if (!existsSync(folder)) createFolder(folder);
  const { bytes, readings } = await writeWhole(path, chunks);
  console.log(`${path}: ${count(bytes)} bytes, ${count(readings)} readings of the embedded store`);
}

async function writeWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: number; readonly readings: number }> {
  const part = path + PART;
  // One that was left over may belong to others, or be a link.
  await rm(part, { force: true });
  const file = await open(part, 'wx', 0o600);
  let bytes = 0;
  const progress = new ProgressLine(0, 'MiB');
  progress.start(() => ({ done: 0, count: Math.floor(bytes / (1 << 20)), refused: 0, state: '' }));
  const written = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      await file.writeFile(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  try {
    let readings = 0;
    for await (const { kind, body } of readBackup(written()))
      if (kind === FrameKind.END) ({ readings } = parseEnd(body, bytes));
    await file.sync();
    await file.close();
    await rename(part, path);
    syncFolder(join(path, '..'));
    return { bytes, readings };
  } catch (error) {
    await file.close();
    await rm(part, { force: true });
    throw explained(error as Error, path);
  } finally {
    progress.stop();
  }
}

function explained(error: Error, path: string): Error {
  if (error instanceof BackupError)
    return new Error(`There is no backup: ${error.message}`, { cause: error });
  if (!isDiskFull(error)) return error;
  const why = `the disk for ${path} is full (${error.message})`;
  return new Error(`There is no backup: ${why}. Free some space, or name a folder on another disk`, {
    cause: error,
  });
}
