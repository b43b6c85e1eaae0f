import { Global, Module } from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { EventLog } from '../model/event-log.js';
import { SystemLog } from './system-log.js';

/** Gives every room the system log. Rooms that must not import from logs/ use it as EventLog. */
@Global()
@Module({
  providers: [
    {
      provide: SystemLog,
      inject: [DataDir],
      useFactory: (dataDir: DataDir) => SystemLog.open(dataDir.file('system-log.db'), dataDir),
    },
    { provide: EventLog, useExisting: SystemLog },
  ],
  exports: [EventLog, SystemLog],
})
export class SystemLogModule {}
