import type { ExpiryClock } from '../clock/expiry-clock.js';
import type { GatewayConfig } from '../common/config/gateway-config.js';
import type { DataDir } from '../data-dir/data-dir.js';
import { EmbeddedStore } from './embedded/embedded-store.js';
import { InfluxStore } from './influxdb/influx-store.js';
import type { ReadingStore } from './reading-store.js';

/** The one place that chooses the store: InfluxDB when INFLUXDB_URL is set, else the embedded store in DATA_DIR. */
export async function openReadingStore(
  config: GatewayConfig,
  dataDir: DataDir,
  clock: ExpiryClock,
): Promise<ReadingStore> {
  const { influxUrl: url, influxToken: token, influxOrg: org, influxBucket: bucket } = config.store;
  const { retentionMs: keepMs, timeoutMs } = config.store;
  if (url === undefined) {
    const { aside, makeRoom } = dataDir;
    const retention = keepMs === undefined ? undefined : { keepMs, clock };
    return EmbeddedStore.open(dataDir.file('readings.db'), { aside, makeRoom, retention });
  }
  return new InfluxStore({ url, token, org, bucket, timeoutMs });
}
