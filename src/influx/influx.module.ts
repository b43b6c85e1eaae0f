import { Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { ExpiryClock } from '../clock/expiry-clock.js';
import { formatDuration } from '../common/config/duration.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { DataDir } from '../data-dir/data-dir.js';
import { openReadingStore } from './open-reading-store.js';
import { ReadingStore } from './reading-store.js';

@Module({
  providers: [
    { provide: ReadingStore, inject: [GatewayConfig, DataDir, ExpiryClock], useFactory: openReadingStore },
  ],
  exports: [ReadingStore],
})
export class InfluxModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly store: ReadingStore,
    private readonly config: GatewayConfig,
  ) {}

  onApplicationBootstrap(): void {
    const { influxUrl, retentionMs, latestRefreshMs } = this.config.store;
    const logger = new Logger(InfluxModule.name);
    if (!this.store.appliesRetention && retentionMs !== undefined)
      logger.warn(
        `READINGS_RETENTION ${formatDuration(retentionMs)} has no effect: readings go to ${this.store.label}, whose bucket has a retention period of its own`,
      );
    if (influxUrl === undefined && latestRefreshMs !== undefined)
      logger.warn(
        `LATEST_REFRESH ${formatDuration(latestRefreshMs)} has no effect: readings go to ${this.store.label}, to which no other program writes`,
      );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
