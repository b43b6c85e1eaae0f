import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { GatewayConfig } from '../../common/config/gateway-config.js';
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
  const lock = DataDirLock.take(join(folder, 'lock.db'));
  if (!lock) throw new MigrateError(inUse(folder));
  try {
    await reloadLatestAtNextStart(folder);
    const options = { aside: join(folder, 'damaged'), makeRoom: () => undefined };
    const store = await EmbeddedStore.open(readingsFile(place), options);
    const close = async (): Promise<void> => {
      await store.close();
      lock.release();
    };
    if (store.damagedFile === undefined) return { place, store, close };
    await close();
    throw new MigrateError(`${readingsFile(place)} was damaged and was moved to ${store.damagedFile}`);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function inUse(folder: string): string {
  const holder = readMarker(join(folder, 'running.json'));
  const who = holder ? ` (process ${holder.pid}, started ${holder.startedAt})` : '';
  return `${folder} is in use by a gateway or another migration${who}. Stop the gateway first: only one process may use the files of the embedded store`;
}
