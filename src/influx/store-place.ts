import type { StoreConfig } from '../common/config/sections/store.config.js';

/** Where a store is: enough to tell it from others, and no credential. */
export interface StorePlace {
  readonly kind: 'embedded' | 'influxdb';
  /** Empty for the embedded store, which is in DATA_DIR, like `org` and `bucket`. */
  readonly url: string;
  /** The organization's name or id. */
  readonly org: string;
  readonly bucket: string;
}

/** The place of the configured store. */
export function placeOf({ influxUrl, influxOrg: org, influxBucket: bucket }: StoreConfig): StorePlace {
  return influxUrl === undefined
    ? { kind: 'embedded', url: '', org: '', bucket: '' }
    : { kind: 'influxdb', url: influxUrl, org, bucket };
}

export function isSamePlace(a: StorePlace, b: StorePlace): boolean {
  return a.kind === b.kind && a.url === b.url && a.org === b.org && a.bucket === b.bucket;
}
