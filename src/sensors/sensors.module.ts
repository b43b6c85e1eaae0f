import { Module } from '@nestjs/common';

import { JournalModule } from '../pipeline/pipeline.module.js';
import { RulesModule } from '../rules/rules.module.js';
import { SensorsController } from './sensors.controller.js';
import { SensorsService } from './sensors.service.js';

@Module({
  imports: [JournalModule, RulesModule],
  controllers: [SensorsController],
  providers: [SensorsService],
  exports: [SensorsService],
})
export class SensorsModule {}
