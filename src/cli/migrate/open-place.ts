import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { GatewayConfig } from '../../common/config/gateway-config.js';
import { explainDiskError } from '../../common/disk/explain-disk-error.js';
import { checkFiles } from '../../data-dir/check-files.js';
import { DataDirLock } from '../../data-dir/data-dir-lock.js';
import { ensureFolder } from '../../data-dir/ensure-folder.js';
import { readMarker } from '../../data-dir/run-marker.js';
import { EmbeddedStore } from '../../influx/embedded/embedded-store.js';
import { InfluxStore } from '../../influx/influxdb/influx-store.js';
import type { ReadingStore } from '../../influx/reading-store.js';
import { reloadLatestAtNextStart } from '../../pipeline/reload-latest.js';
import { MigrateError } from './migrate-error.js';
import { describePlace, type EmbeddedPlace, type Place, readingsFile, type Side, tokenOf } from './place.js';

/** An open store, and what else must be released. */
export interface OpenPlace {
  readonly place: Place;
  readonly store: ReadingStore;
  close(): Promise<void>;
}

/**
 * Opens the store of a place. The folder of an embedded store is locked as a gateway locks it.
 * @throws MigrateError, StartError
 */
export async function openPlace(side: Side, place: Place, config: GatewayConfig): Promise<OpenPlace> {
  if (place.kind === 'embedded') return openEmbedded(side, place);
  const token = tokenOf(side, place, config, process.env);
  const { timeoutMs } = config.store;
  // A token for the source need not write.
  const store = new InfluxStore({ ...place, token, timeoutMs, probes: side === 'to' });
  return { place, store, close: () => store.close() };
}

async function openEmbedded(side: Side, place: EmbeddedPlace): Promise<OpenPlace> {
  const { folder } = place;
  if (side === 'from' && !existsSync(readingsFile(place)))
    throw new MigrateError(`${describePlace(place)} does not exist: ${readingsFile(place)} is missing`);
  ensureFolder(folder);
  checkFiles(folder);
  const lock = takeLock(folder);
  try {
    // A damaged file stays where the next gateway finds it, and says so.
    const damage = { aside: undefined, makeRoom: () => undefined };
    if (side === 'to') await reloadLatestAtNextStart(folder, damage);
    const readOnly = side === 'from';
    const store = await EmbeddedStore.open(readingsFile(place), { ...damage, readOnly });
    const close = async (): Promise<void> => {
      await store.close();
      lock.release();
    };
    return { place, store, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** @throws MigrateError when another process has it, or it cannot be tried */
function takeLock(folder: string): DataDirLock {
  const file = join(folder, 'lock.db');
  let lock: DataDirLock | undefined;
  try {
    lock = DataDirLock.take(file);
  } catch (error) {
    throw new MigrateError(explainDiskError(file, error));
  }
  if (!lock) throw new MigrateError(inUse(folder));
  return lock;
}

function inUse(folder: string): string {
  const holder = readMarker(join(folder, 'running.json'));
  const who = holder ? ` (process ${holder.pid}, started ${holder.startedAt})` : '';
  return `${folder} is in use by a gateway or another migration${who}. Stop the gateway first: only one process may use the files of the embedded store`;
}
