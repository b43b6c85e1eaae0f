import { Inject, Injectable } from '@nestjs/common';

import { EventCopier } from './event-copier.js';
import { GatewayEvents } from './gateway-events.js';
import { LogRetention } from './log-retention.js';
import { SystemLog } from './system-log.js';

/** Starts and stops what writes the system log, copies it and keeps it short. */
@Injectable()
export class LogRunner {
  constructor(
    @Inject(SystemLog) private readonly log: SystemLog,
    @Inject(GatewayEvents) private readonly events: GatewayEvents,
    @Inject(EventCopier) private readonly copier: EventCopier,
    @Inject(LogRetention) private readonly retention: LogRetention,
  ) {}

  async start(): Promise<void> {
    this.copier.start();
    this.retention.start();
    await this.events.start();
  }

  /** What is not copied by then is copied after the next start. */
  async stop(): Promise<void> {
    await this.events.stop();
    this.retention.stop();
    await this.copier.stop();
    await this.log.close();
  }
}
