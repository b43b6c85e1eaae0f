import { join, resolve } from 'node:path';

import type { GatewayConfig } from '../../common/config/gateway-config.js';
import { readSecretFile } from '../../common/config/read-config.js';
import { MigrateError } from './migrate-error.js';

/** Readings in a folder of a gateway, in its embedded store. */
export interface EmbeddedPlace {
  readonly kind: 'embedded';
  /** Absolute. */
  readonly folder: string;
}

/** Readings in a bucket of InfluxDB 2. */
export interface BucketPlace {
  readonly kind: 'influxdb';
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
}

/** Where readings are. It holds no credential. */
export type Place = EmbeddedPlace | BucketPlace;

/** A token, and the variable that it comes from. */
export interface NamedToken {
  readonly name: string;
  readonly token: string;
}

/** The option that names a place. */
export type Side = 'from' | 'to';

const FORMS =
  'embedded, embedded:FOLDER, influxdb, influxdb:BUCKET, or a URL such as http://localhost:8086/?org=ORG&bucket=BUCKET';

/**
 * Reads a place as --from and --to name it. What it leaves out comes from the configuration of the gateway.
 * @throws MigrateError
 */
export function readPlace(side: Side, text: string, { store, storage }: GatewayConfig): Place {
  if (text === 'embedded' || text.startsWith('embedded:')) {
    const folder = text.slice('embedded:'.length) || storage.dataDir;
    return { kind: 'embedded', folder: resolve(folder) };
  }
  if (text === 'influxdb' || text.startsWith('influxdb:')) {
    if (store.influxUrl === undefined)
      throw new MigrateError(
        `--${side} ${text} needs INFLUXDB_URL, INFLUXDB_ORG and INFLUXDB_TOKEN, in the environment or in .env`,
      );
    const bucket = text.slice('influxdb:'.length) || store.influxBucket;
    return { kind: 'influxdb', url: store.influxUrl, org: store.influxOrg, bucket };
  }
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return readUrl(side, new URL(text));
  throw new MigrateError(`--${side} must be ${FORMS}`);
}

/** @returns how messages call a place */
export function describePlace(place: Place): string {
  return place.kind === 'embedded'
    ? `the embedded store in ${place.folder}`
    : `bucket ${place.bucket} of ${place.org} at ${place.url}`;
}

/** The file of the embedded store. */
export function readingsFile({ folder }: EmbeddedPlace): string {
  return join(folder, 'readings.db');
}

/**
 * The token for a bucket: FROM_INFLUXDB_TOKEN or TO_INFLUXDB_TOKEN; without those INFLUXDB_TOKEN, but only for the server
 * that INFLUXDB_URL names. Each may be in a file instead. A command line could be seen by other users of the machine.
 * @param env environment variables
 * @throws MigrateError
 */
export function tokenOf(
  side: Side,
  place: BucketPlace,
  { store }: GatewayConfig,
  env: Readonly<Record<string, string | undefined>>,
): NamedToken {
  const name = `${side.toUpperCase()}_INFLUXDB_TOKEN`;
  const texts: Record<string, string> = {};
  for (const variable of [name, `${name}_FILE`]) {
    const value = env[variable]?.trim();
    if (value) texts[variable] = value;
  }
  const problem = readSecretFile(name, texts);
  if (problem !== undefined) throw new MigrateError(problem);
  if (texts[name] !== undefined) return { name, token: texts[name] };
  const isSameServer =
    store.influxUrl === undefined || new URL(store.influxUrl).origin === new URL(place.url).origin;
  if (store.influxToken !== '' && isSameServer) return { name: 'INFLUXDB_TOKEN', token: store.influxToken };
  throw new MigrateError(
    `${name}, or ${name}_FILE for a file, must be set: a token for ${describePlace(place)}. INFLUXDB_TOKEN is only sent to INFLUXDB_URL`,
  );
}

function readUrl(side: Side, url: URL): BucketPlace {
  // Neither is quoted: it may hold credentials.
  if (url.username !== '' || url.password !== '')
    throw new MigrateError(`--${side} must not hold a user or password; set INFLUXDB_TOKEN instead`);
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'org' && name !== 'bucket');
  if (unknown !== undefined)
    throw new MigrateError(
      `--${side} must have the parameters org and bucket only; the token is in INFLUXDB_TOKEN`,
    );
  const org = url.searchParams.get('org') ?? '';
  const bucket = url.searchParams.get('bucket') ?? '';
  if (org === '' || bucket === '')
    throw new MigrateError(
      `--${side} must name org and bucket, such as ${url.origin}/?org=ORG&bucket=BUCKET`,
    );
  return { kind: 'influxdb', url: `${url.origin}${url.pathname.replace(/\/$/, '')}`, org, bucket };
}
