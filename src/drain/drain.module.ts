import { Module } from '@nestjs/common';

import { HealthModule } from '../health/health.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { LogsModule } from '../logs/logs.module.js';
import { DrainController } from './drain.controller.js';
import { DrainService } from './drain.service.js';

@Module({
  imports: [HealthModule, PipelineModule, LogsModule],
  controllers: [DrainController],
  providers: [DrainService],
})
export class DrainModule {}
