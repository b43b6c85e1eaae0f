import { Module } from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { InfluxModule } from '../influx/influx.module.js';
import { JournalModule } from '../journal/journal.module.js';
import { GatewayEvents } from './gateway-events.js';
import { LogsController } from './logs.controller.js';
import { LogsService } from './logs.service.js';
import { SystemLog } from './system-log.js';

@Module({
  imports: [InfluxModule, JournalModule],
  controllers: [LogsController],
  providers: [
    GatewayEvents,
    LogsService,
    {
      provide: SystemLog,
      inject: [DataDir],
      useFactory: (dataDir: DataDir) => SystemLog.open(dataDir.file('system-log.db'), dataDir),
    },
  ],
  exports: [SystemLog],
})
export class LogsModule {}
