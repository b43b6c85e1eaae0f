import { Global, Module } from '@nestjs/common';

import { ExpiryClock } from '../clock/expiry-clock.js';
import { DataDir } from '../data-dir/data-dir.js';
import { EventLog } from '../model/event-log.js';
import { SystemLog } from './system-log.js';

/** Gives every room the system log. Rooms that must not import from logs/ use it as EventLog. */
@Global()
@Module({
  providers: [
    {
      provide: SystemLog,
      inject: [DataDir, ExpiryClock],
      useFactory: (dataDir: DataDir, clock: ExpiryClock) =>
        SystemLog.open(dataDir.file('system-log.db'), dataDir, clock),
    },
    { provide: EventLog, useExisting: SystemLog },
  ],
  exports: [EventLog, SystemLog],
})
export class SystemLogModule {}
