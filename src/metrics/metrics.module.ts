import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { InfluxModule } from '../influx/influx.module.js';
import { IngestModule } from '../ingest/ingest.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { LogsModule } from '../logs/logs.module.js';
import { RulesModule } from '../rules/rules.module.js';
import { SensorsModule } from '../sensors/sensors.module.js';
import { StreamModule } from '../stream/stream.module.js';
import { DiskMetrics } from './disk-metrics.js';
import { EventMetrics } from './event-metrics.js';
import { HttpMetrics } from './http-metrics.js';
import { JournalMetrics } from './journal-metrics.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';
import { PipelineMetrics } from './pipeline-metrics.js';
import { ProcessMetrics } from './process-metrics.js';
import { SensorMetrics } from './sensor-metrics.js';
import { StoreMetrics } from './store-metrics.js';

/** Shows Prometheus what the other modules provide. None of them depends on this one. */
@Module({
  imports: [InfluxModule, IngestModule, PipelineModule, LogsModule, RulesModule, SensorsModule, StreamModule],
  controllers: [MetricsController],
  providers: [
    DiskMetrics,
    EventMetrics,
    HttpMetrics,
    JournalMetrics,
    Metrics,
    PipelineMetrics,
    ProcessMetrics,
    SensorMetrics,
    StoreMetrics,
  ],
  exports: [HttpMetrics],
})
export class MetricsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly disk: DiskMetrics,
    private readonly sensors: SensorMetrics,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await Promise.all([this.disk.sampler.start(), this.sensors.sampler.start()]);
  }

  onApplicationShutdown(): void {
    this.disk.sampler.stop();
    this.sensors.sampler.stop();
  }
}
