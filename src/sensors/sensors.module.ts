import { Module } from '@nestjs/common';

import { PipelineModule } from '../pipeline/pipeline.module.js';
import { SensorsController } from './sensors.controller.js';
import { SensorsService } from './sensors.service.js';

@Module({
  imports: [PipelineModule],
  controllers: [SensorsController],
  providers: [SensorsService],
  exports: [SensorsService],
})
export class SensorsModule {}
