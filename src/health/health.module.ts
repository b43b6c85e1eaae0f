import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';

import { InfluxModule } from '../influx/influx.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { HealthController } from './health.controller.js';
import { PipelineHealthIndicator } from './pipeline.health-indicator.js';
import { Readiness } from './readiness.js';
import { StoreHealthIndicator } from './store.health-indicator.js';

@Module({
  imports: [InfluxModule, PipelineModule, TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [PipelineHealthIndicator, Readiness, StoreHealthIndicator],
  exports: [Readiness],
})
export class HealthModule {}
