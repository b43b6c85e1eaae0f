import { Injectable, Logger } from '@nestjs/common';

import { SteadyClock } from '../clock/steady-clock.js';
import { GatewayConfig } from '../common/config/gateway-config.js';
import { ReadingStore } from '../influx/reading-store.js';
import { CrowdingReport, type Crowding } from './crowding-report.js';
import { type Removal, RemovalReport } from './removal-report.js';
import { SystemLog } from './system-log.js';

const CHECK_MS = 5_000;

/** Records in the system log how much READINGS_RETENTION, LOG_RETENTION and the limit of the log itself remove. */
@Injectable()
export class RemovalEvents {
  private readonly logger = new Logger(RemovalEvents.name);
  private readonly reports: readonly RemovalReport[];
  private readonly crowding: CrowdingReport;
  private recording: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    { store: { retentionMs }, logging: { systemLogRetentionMs } }: GatewayConfig,
    store: ReadingStore,
    private readonly log: SystemLog,
    steady: SteadyClock,
  ) {
    const removals: readonly Removal[] = [
      {
        variable: 'READINGS_RETENTION',
        retentionMs,
        noun: 'readings',
        removed: () => store.removedReadings,
      },
      {
        variable: 'LOG_RETENTION',
        retentionMs: systemLogRetentionMs,
        noun: 'log entries',
        removed: () => log.removedEntries,
      },
    ];
    const say = (message: string): void => {
      this.recording = log.record('normal', message);
    };
    this.reports = removals.map((removal) => new RemovalReport(removal, () => steady.ms, say));
    this.crowding = new CrowdingReport(log.maxEvents, () => steady.ms);
    log.onDropped((appended) => {
      this.crowding.add(appended);
    });
  }

  start(): void {
    this.timer = setInterval(() => {
      for (const report of this.reports) report.check();
      this.tell(this.crowding.check(this.log.untold));
    }, CHECK_MS).unref();
  }

  /** Records what was removed since the last report. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    for (const report of this.reports) report.flush();
    await this.recording;
    this.tell(this.crowding.flush(this.log.untold));
    await this.recording;
  }

  private tell(crowding: Crowding | undefined): void {
    if (!crowding) return;
    const { type, message, count, sensorId } = crowding;
    this.recording = this.log
      .appendNow(type, message, sensorId === undefined ? {} : { sensorId })
      // In a full log the report itself costs an entry, which needs no report.
      .then((dropped) => this.log.told(count + dropped))
      .catch((error: unknown) => {
        // The next report counts these entries once more.
        this.logger.error(`Cannot write "${message}" to the system log: ${(error as Error).message}`);
      });
  }
}
