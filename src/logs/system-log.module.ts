import { Global, Module } from '@nestjs/common';

import { ExpiryClock } from '../clock/expiry-clock.js';
import { EventLog } from '../model/event-log.js';
import { EventStorage } from './event-storage.js';
import { SystemLog } from './system-log.js';

/** Gives every room the system log. Rooms that must not import from logs/ use it as EventLog. */
@Global()
@Module({
  providers: [
    {
      provide: SystemLog,
      inject: [EventStorage, ExpiryClock],
      useFactory: (storage: EventStorage, clock: ExpiryClock) => SystemLog.open(storage, clock),
    },
    { provide: EventLog, useExisting: SystemLog },
  ],
  exports: [EventLog, SystemLog],
})
export class SystemLogModule {}
