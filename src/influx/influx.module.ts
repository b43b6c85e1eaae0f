import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';

import { GatewayConfig } from '../config/gateway-config.js';
import { DataDir } from '../data-dir/data-dir.js';
import { openReadingStore } from './open-reading-store.js';
import { ReadingStore } from './reading-store.js';

@Module({
  providers: [{ provide: ReadingStore, inject: [GatewayConfig, DataDir], useFactory: openReadingStore }],
  exports: [ReadingStore],
})
export class InfluxModule implements OnApplicationShutdown {
  constructor(@Inject(ReadingStore) private readonly store: ReadingStore) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
