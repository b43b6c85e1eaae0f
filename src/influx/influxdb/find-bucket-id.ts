import { HttpError, InfluxDB } from '@influxdata/influxdb-client';

import type { StoreConfig } from '../../common/config/sections/store.config.js';

/** A bucket, and the token to ask with. */
export type BucketAccess = Pick<StoreConfig, 'influxUrl' | 'influxToken' | 'influxOrg' | 'influxBucket'>;

const IS_ID = /^[0-9a-f]{16}$/;

/**
 * The id that InfluxDB gave a bucket when it was created: it stays when the URL or a name changes.
 * @returns undefined when the token may not see it, or there is no such bucket
 * @throws Error when InfluxDB does not answer
 */
export async function findBucketId(store: BucketAccess, signal: AbortSignal): Promise<string | undefined> {
  const { influxUrl, influxToken: token, influxOrg: org, influxBucket: bucket } = store;
  if (influxUrl === undefined) return undefined;
  const { transport } = new InfluxDB({ url: influxUrl, token });
  for (const parameter of IS_ID.test(org) ? ['orgID', 'org'] : ['org']) {
    const path = `/api/v2/buckets?${parameter}=${encodeURIComponent(org)}&name=${encodeURIComponent(bucket)}`;
    try {
      const answer = (await transport.request(path, undefined, { method: 'GET', signal })) as {
        readonly buckets?: readonly { readonly id?: unknown; readonly name?: unknown }[];
      };
      const id = answer.buckets?.find(({ name }) => name === bucket)?.id;
      if (typeof id === 'string' && id !== '') return id;
    } catch (error) {
      if (!(error instanceof HttpError) || error.statusCode >= 500) throw error;
    }
  }
  // The client ends an aborted request without an error.
  signal.throwIfAborted();
  return undefined;
}

/** The most buckets that are listed. */
const MAX_LISTED = 20;

/**
 * The names of the buckets in the organization that the token may read, without those of InfluxDB itself; at most MAX_LISTED.
 * @throws Error when InfluxDB does not answer, or refuses
 */
export async function listBuckets(
  { influxUrl, influxToken: token, influxOrg: org }: BucketAccess,
  signal: AbortSignal,
): Promise<string[]> {
  if (influxUrl === undefined) return [];
  const { transport } = new InfluxDB({ url: influxUrl, token });
  const parameter = IS_ID.test(org) ? 'orgID' : 'org';
  const path = `/api/v2/buckets?${parameter}=${encodeURIComponent(org)}&limit=100`;
  const answer = (await transport.request(path, undefined, { method: 'GET', signal })) as {
    readonly buckets?: readonly { readonly type?: unknown; readonly name?: unknown }[];
  };
  signal.throwIfAborted();
  const names = (answer.buckets ?? [])
    .filter(({ type }) => type !== 'system')
    .map(({ name }) => String(name));
  return names.slice(0, MAX_LISTED);
}
