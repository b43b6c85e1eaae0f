import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { InfluxModule } from '../influx/influx.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { DeadLetterBoundEvents } from './dead-letter-bound-events.js';
import { DeadLetterEvents } from './dead-letter-events.js';
import { DeletionEvents } from './deletion-events.js';
import { EventCopier } from './event-copier.js';
import { GatewayEvents } from './gateway-events.js';
import { JournalEvents } from './journal-events.js';
import { LogRetention } from './log-retention.js';
import { LogRunner } from './log-runner.js';
import { LogsController } from './logs.controller.js';
import { LogsService } from './logs.service.js';
import { RemovalEvents } from './removal-events.js';
import { StoreChangeEvents } from './store-change-events.js';
import { StoreEvents } from './store-events.js';
import { SystemLogModule } from './system-log.module.js';

@Module({
  imports: [InfluxModule, PipelineModule, SystemLogModule],
  controllers: [LogsController],
  providers: [
    DeadLetterBoundEvents,
    DeadLetterEvents,
    DeletionEvents,
    EventCopier,
    GatewayEvents,
    JournalEvents,
    LogRetention,
    LogRunner,
    LogsService,
    RemovalEvents,
    StoreChangeEvents,
    StoreEvents,
  ],
})
export class LogsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly runner: LogRunner) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.runner.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.runner.stop();
  }
}
