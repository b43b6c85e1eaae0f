import { Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { DataDir } from '../data-dir/data-dir.js';
import { openReadingStore } from './open-reading-store.js';
import { ReadingStore } from './reading-store.js';

@Module({
  providers: [{ provide: ReadingStore, inject: [GatewayConfig, DataDir], useFactory: openReadingStore }],
  exports: [ReadingStore],
})
export class InfluxModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly store: ReadingStore,
    private readonly config: GatewayConfig,
  ) {}

  onApplicationBootstrap(): void {
    const { READINGS_RETENTION: retention } = this.config;
    if (this.store.appliesRetention || retention === '') return;
    new Logger(InfluxModule.name).warn(
      `READINGS_RETENTION ${retention} has no effect: readings go to ${this.store.label}, whose bucket has a retention period of its own`,
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
