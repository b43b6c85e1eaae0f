import { Module } from '@nestjs/common';

import { InfluxModule } from '../influx/influx.module.js';
import { ReadingsController } from './readings.controller.js';
import { ReadingsService } from './readings.service.js';

@Module({
  imports: [InfluxModule],
  controllers: [ReadingsController],
  providers: [ReadingsService],
})
export class ReadingsModule {}
