import { Injectable, Logger } from '@nestjs/common';

import { ExpiryClock } from '../clock/expiry-clock.js';
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
    private readonly clock: ExpiryClock,
  ) {}

  start(): void {
    // LOG_RETENTION may be set later: then the entries need right times, too.
    this.clock.onLeap(({ before, after: { wallMs } }) => {
      void this.redate(before ? wallMs - before.wallMs : 0, wallMs);
    });
    const { dateMs } = this.clock;
    if (dateMs !== undefined) void this.redate(0, dateMs);
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
      await this.log.removeOld(Math.floor((this.clock.nowMs - retentionMs) * 1000), upToRow);
    } catch (error) {
      this.logger.warn(`Cannot remove old entries of the system log now: ${(error as Error).message}`);
    }
  }

  /** The clock was wrong when entries of this run were appended; those of earlier runs may lie in the future. */
  private async redate(shiftMs: number, nowMs: number): Promise<void> {
    try {
      await this.log.redate(shiftMs, nowMs);
    } catch (error) {
      this.logger.warn(`Cannot correct the times in the system log now: ${(error as Error).message}`);
    }
  }
}
