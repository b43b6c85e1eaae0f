import { Module } from '@nestjs/common';

import { JournalModule } from '../pipeline/pipeline.module.js';
import { LogsModule } from '../logs/logs.module.js';
import { StreamController } from './stream.controller.js';
import { StreamService } from './stream.service.js';

@Module({
  imports: [JournalModule, LogsModule],
  controllers: [StreamController],
  providers: [StreamService],
  exports: [StreamService],
})
export class StreamModule {}
