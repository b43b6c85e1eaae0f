import { Injectable, Logger } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { ReadingStore } from '../influx/reading-store.js';
import { SystemLog } from './system-log.js';

const EVERY_MS = 60_000;

/** Removes entries of the system log that are older than LOG_RETENTION, at the start and every minute. */
@Injectable()
export class LogRetention {
  private readonly logger = new Logger(LogRetention.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: GatewayConfig,
    private readonly log: SystemLog,
    private readonly store: ReadingStore,
  ) {}

  start(): void {
    const { systemLogRetentionMs: logRetentionMs } = this.config.logging;
    if (logRetentionMs === undefined) return;
    void this.apply(logRetentionMs);
    this.timer = setInterval(() => void this.apply(logRetentionMs), EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async apply(retentionMs: number): Promise<void> {
    // Entries that a remote store does not have yet stay until it has them.
    const upToRow = this.store.copiesEvents ? this.log.copiedRow : this.log.lastRow;
    try {
      await this.log.removeOld((Date.now() - retentionMs) * 1000, upToRow);
    } catch (error) {
      this.logger.warn(`Cannot remove old entries of the system log now: ${(error as Error).message}`);
    }
  }
}
