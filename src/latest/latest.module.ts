import { Module } from '@nestjs/common';

import { InfluxModule } from '../influx/influx.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { LatestController } from './latest.controller.js';
import { LatestService } from './latest.service.js';

@Module({
  imports: [InfluxModule, PipelineModule],
  controllers: [LatestController],
  providers: [LatestService],
  exports: [LatestService],
})
export class LatestModule {}
