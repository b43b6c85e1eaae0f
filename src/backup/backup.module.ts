import { Module } from '@nestjs/common';

import { PipelineModule } from '../pipeline/pipeline.module.js';
import { BackupController } from './backup.controller.js';
import { BackupService } from './backup.service.js';

@Module({
  imports: [PipelineModule],
  controllers: [BackupController],
  providers: [BackupService],
})
export class BackupModule {}
