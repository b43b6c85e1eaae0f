import { Module } from '@nestjs/common';

import { InfluxModule } from '../influx/influx.module.js';
import { HistoryController } from './history.controller.js';
import { HistoryReader } from './history-reader.js';
import { HistoryService } from './history.service.js';

@Module({
  imports: [InfluxModule],
  controllers: [HistoryController],
  providers: [HistoryReader, HistoryService],
})
export class ReadingsModule {}
