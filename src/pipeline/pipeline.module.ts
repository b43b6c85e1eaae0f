import { Inject, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { DataDir } from '../data-dir/data-dir.js';
import { InfluxModule } from '../influx/influx.module.js';
import { ReadingStore } from '../influx/reading-store.js';
import { Forwarder } from './forwarder.js';
import { PipelineController } from './pipeline.controller.js';
import { PipelineRunner } from './pipeline-runner.js';
import { PipelineService } from './pipeline.service.js';
import { Pipeline } from './pipeline.js';
import { RefusedCounter } from './refused-counter.js';

@Module({
  imports: [InfluxModule],
  controllers: [PipelineController],
  providers: [
    PipelineRunner,
    PipelineService,
    RefusedCounter,
    {
      provide: Pipeline,
      inject: [GatewayConfig, DataDir],
      useFactory: (config: GatewayConfig, dataDir: DataDir) => Pipeline.open(config, dataDir),
    },
    {
      provide: Forwarder,
      inject: [Pipeline, ReadingStore],
      useFactory: (pipeline: Pipeline, store: ReadingStore) => new Forwarder(pipeline, store),
    },
  ],
  exports: [Forwarder, Pipeline, PipelineService, RefusedCounter],
})
export class PipelineModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(PipelineRunner) private readonly runner: PipelineRunner) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.runner.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.runner.stop();
  }
}
