import { Module } from '@nestjs/common';

import { InfluxModule } from '../influx/influx.module.js';
import { JournalModule } from '../pipeline/pipeline.module.js';
import { LatestController } from './latest.controller.js';
import { LatestService } from './latest.service.js';

@Module({
  imports: [InfluxModule, JournalModule],
  controllers: [LatestController],
  providers: [LatestService],
})
export class LatestModule {}
