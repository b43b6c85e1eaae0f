import { Inject, Injectable, Logger } from '@nestjs/common';

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
    @Inject(GatewayConfig) private readonly config: GatewayConfig,
    @Inject(SystemLog) private readonly log: SystemLog,
    @Inject(ReadingStore) private readonly store: ReadingStore,
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
    // What another store does not have yet stays until it has.
    const upToRow = this.store.copiesEvents ? this.log.copiedRow : this.log.lastRow;
    try {
      await this.log.removeOld((Date.now() - retentionMs) * 1000, upToRow);
    } catch (error) {
      this.logger.warn(`Old entries of the system log cannot be removed now: ${(error as Error).message}`);
    }
  }
}
