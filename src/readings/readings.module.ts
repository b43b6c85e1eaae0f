import { Module } from '@nestjs/common';

import { InfluxModule } from '../influx/influx.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { DeletionController } from './deletion.controller.js';
import { DeletionService } from './deletion.service.js';
import { HistoryController } from './history.controller.js';
import { HistoryReader } from './history-reader.js';
import { HistoryService } from './history.service.js';
import { LatencyController } from './latency.controller.js';
import { LatencyService } from './latency.service.js';

@Module({
  imports: [InfluxModule, PipelineModule],
  controllers: [HistoryController, LatencyController, DeletionController],
  providers: [DeletionService, HistoryReader, HistoryService, LatencyService],
})
export class ReadingsModule {}
