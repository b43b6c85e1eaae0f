import { Global, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { DataDir } from './data-dir.js';

/** Locks DATA_DIR for this process, and provides its paths to every module. */
@Global()
@Module({
  providers: [
    {
      provide: DataDir,
      inject: [GatewayConfig],
      useFactory: ({ storage: { dataDir, diskReserveBytes } }: GatewayConfig) =>
        DataDir.claim(dataDir, diskReserveBytes),
    },
  ],
  exports: [DataDir],
})
export class DataDirModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly dataDir: DataDir) {}

  onApplicationBootstrap(): void {
    this.dataDir.markRunning();
  }

  onApplicationShutdown(): void {
    this.dataDir.release();
  }
}
