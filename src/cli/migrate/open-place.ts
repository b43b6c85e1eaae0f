import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { GatewayConfig } from '../../common/config/gateway-config.js';
import { explainDiskError } from '../../common/disk/explain-disk-error.js';
import { checkFiles } from '../../data-dir/check-files.js';
import { DataDirLock } from '../../data-dir/data-dir-lock.js';
import { ensureFolder } from '../../data-dir/ensure-folder.js';
import { refuseRestoring } from '../../data-dir/restore-marker.js';
import { readMarker } from '../../data-dir/run-marker.js';
import { EmbeddedStore } from '../../influx/embedded/embedded-store.js';
import type { BucketSurvey } from '../../influx/influxdb/bucket-survey.js';
import { findBucketId, listBuckets } from '../../influx/influxdb/find-bucket-id.js';
import { InfluxStore } from '../../influx/influxdb/influx-store.js';
import type { ReadingStore } from '../../influx/reading-store.js';
import { reloadLatestAtNextStart } from '../../pipeline/reload-latest.js';
import { MigrateError } from './migrate-error.js';
import {
  type BucketPlace,
  describePlace,
  type EmbeddedPlace,
  type Place,
  readingsFile,
  type Side,
  tokenOf,
} from './place.js';

/** An open store, and what else must be released. */
export interface OpenPlace {
  readonly place: Place;
  readonly store: ReadingStore;
  /** A message of the store, in the words of this command. */
  readonly explain: (message: string) => string;
  /** The id that InfluxDB gave the bucket; undefined when it does not say, or for the embedded store. */
  readonly bucketId?: string;
  /** Counts what a bucket has. Absent for the embedded store, which has nothing but readings. */
  readonly survey?: (signal: AbortSignal) => Promise<BucketSurvey>;
  close(): Promise<void>;
}

/**
 * Opens the store of a place. The folder of an embedded store is locked as a gateway locks it.
 * @throws MigrateError, StartError
 */
export async function openPlace(side: Side, place: Place, config: GatewayConfig): Promise<OpenPlace> {
  if (place.kind === 'embedded') return openEmbedded(side, place);
  const { name, token } = tokenOf(side, place, config, process.env);
  const { timeoutMs } = config.store;
  const bucketId = await identify(place, name, token, timeoutMs);
  // A token for the source need not write.
  const store = new InfluxStore({ ...place, token, timeoutMs, probes: side === 'to' });
  return {
    place,
    store,
    explain: (message) => inWordsOf(name, message),
    ...(bucketId !== undefined && { bucketId }),
    survey: (signal) => store.survey(signal),
    close: () => store.close(),
  };
}

/**
 * @param name the token's variable
 * @returns the bucket's id; undefined when InfluxDB does not say: what is wrong shows when the bucket is read
 * @throws MigrateError when there is no such bucket
 */
async function identify(
  place: BucketPlace,
  name: string,
  token: string,
  timeoutMs: number,
): Promise<string | undefined> {
  const { url: influxUrl, org: influxOrg, bucket: influxBucket } = place;
  const access = { influxUrl, influxToken: token, influxOrg, influxBucket };
  const signal = AbortSignal.timeout(timeoutMs);
  let names: readonly string[];
  try {
    const id = await findBucketId(access, signal);
    if (id !== undefined) return id;
    names = await listBuckets(access, signal);
  } catch {
    return undefined;
  }
  const seen = names.length === 0 ? 'none' : names.join(', ');
  throw new MigrateError(
    `${describePlace(place)} does not exist, or ${name} may not read it. Of this organization it may read: ${seen}`,
  );
}

/** The store's messages name the variables of a gateway. */
function inWordsOf(tokenName: string, message: string): string {
  return message
    .replaceAll('INFLUXDB_TOKEN', tokenName)
    .replaceAll('INFLUXDB_BUCKET', 'bucket')
    .replaceAll('INFLUXDB_ORG', 'organization');
}

async function openEmbedded(side: Side, place: EmbeddedPlace): Promise<OpenPlace> {
  const { folder } = place;
  if (side === 'from' && !existsSync(readingsFile(place)))
    throw new MigrateError(`${describePlace(place)} does not exist: ${readingsFile(place)} is missing`);
  ensureFolder(folder);
  checkFiles(folder);
  const lock = takeLock(folder);
  try {
    refuseRestoring(folder, folder);
    // A damaged file stays where the next gateway finds it, and says so.
    const damage = { aside: undefined, makeRoom: () => undefined };
    if (side === 'to') await reloadLatestAtNextStart(folder, damage);
    const readOnly = side === 'from';
    const store = await EmbeddedStore.open(readingsFile(place), { ...damage, readOnly });
    const close = async (): Promise<void> => {
      await store.close();
      lock.release();
    };
    return { place, store, explain: (message) => message, close };
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
