import { Injectable } from '@nestjs/common';

import { EventCopier } from './event-copier.js';
import { GatewayEvents } from './gateway-events.js';
import { LogRetention } from './log-retention.js';
import { SystemLog } from './system-log.js';

/** Starts and stops everything that writes, copies and prunes the system log. */
@Injectable()
export class LogRunner {
  constructor(
    private readonly log: SystemLog,
    private readonly events: GatewayEvents,
    private readonly copier: EventCopier,
    private readonly retention: LogRetention,
  ) {}

  async start(): Promise<void> {
    this.copier.start();
    this.retention.start();
    await this.events.start();
  }

  /** Entries not copied by then are copied after the next start. */
  async stop(): Promise<void> {
    await this.events.stop();
    this.retention.stop();
    await this.copier.stop();
    await this.log.close();
  }
}
