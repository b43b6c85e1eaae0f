import { httpUrl, interval, retention, text, textWith, timer } from '../variable-types.js';
import type { ValuesOf } from '../variable.js';

export type StoreConfig = ValuesOf<typeof STORE>;

/** Where readings live. */
export const STORE = {
  /** The URL of InfluxDB 2, such as http://localhost:8086. Without it readings live in DATA_DIR. */
  influxUrl: httpUrl('INFLUXDB_URL', 'http://localhost:8086'),

  /** A token that may read and write the bucket. Never printed. */
  influxToken: textWith('INFLUXDB_URL', 'INFLUXDB_TOKEN', 'a token that may read and write the bucket'),

  /** A file that holds the token, in place of INFLUXDB_TOKEN, as containers receive secrets. */
  influxTokenFile: text('INFLUXDB_TOKEN_FILE'),

  /** The organization's name or id. */
  influxOrg: textWith('INFLUXDB_URL', 'INFLUXDB_ORG', "the organization's name or id"),

  /** The bucket that readings are written to; it must exist. */
  influxBucket: text('INFLUXDB_BUCKET', 'predictiox'),

  /** How long one call to the store may take before it counts as failed. */
  timeoutMs: timer('STORE_TIMEOUT', '10s', '100ms'),

  /** How long to wait before asking the store again for latest readings that others wrote; undefined, never ask again. */
  latestRefreshMs: interval('LATEST_REFRESH'),

  /** How long the embedded store keeps readings; undefined, for ever. InfluxDB's bucket has a retention of its own. */
  retentionMs: retention('READINGS_RETENTION'),
} as const;
