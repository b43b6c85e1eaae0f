import { Injectable, Logger } from '@nestjs/common';

import { ClockWatch } from '../clock/clock-watch.js';
import { DataDir } from '../data-dir/data-dir.js';
import { ReadingStore } from '../influx/reading-store.js';
import { DamageReports } from '../pipeline/damage-reports.js';
import { DeadLetterBoundEvents } from './dead-letter-bound-events.js';
import { DeadLetterEvents } from './dead-letter-events.js';
import { DeletionEvents } from './deletion-events.js';
import { ChangeReporter } from './change-reporter.js';
import { JournalEvents } from './journal-events.js';
import { RemovalEvents } from './removal-events.js';
import { StoreChangeEvents } from './store-change-events.js';
import { StoreEvents } from './store-events.js';
import { SystemLog } from './system-log.js';

/** Records in the system log what happens to the gateway itself, from its start to its end. */
@Injectable()
export class GatewayEvents {
  private readonly logger = new Logger(GatewayEvents.name);
  private readonly clockReporter = new ChangeReporter(
    ({ type, message }) => void this.log.record(type, message),
  );

  constructor(
    private readonly log: SystemLog,
    private readonly dataDir: DataDir,
    private readonly store: ReadingStore,
    private readonly damages: DamageReports,
    private readonly clockWatch: ClockWatch,
    private readonly storeEvents: StoreEvents,
    private readonly storeChangeEvents: StoreChangeEvents,
    private readonly journalEvents: JournalEvents,
    private readonly deadLetterEvents: DeadLetterEvents,
    private readonly boundEvents: DeadLetterBoundEvents,
    private readonly deletionEvents: DeletionEvents,
    private readonly removalEvents: RemovalEvents,
  ) {}

  async start(): Promise<void> {
    const { uncleanShutdown } = this.dataDir;
    if (uncleanShutdown) {
      await this.log.record(
        'anomaly',
        `The gateway did not shut down cleanly: process ${uncleanShutdown.pid}, started ${uncleanShutdown.startedAt}, ended without warning`,
      );
    }
    if (this.log.damagedFile !== undefined)
      await this.log.record('critical', `system-log.db was damaged and was moved to ${this.log.damagedFile}`);
    for (const damage of this.dataDir.damages) await this.recordDamage(damage);
    // Damage reported in the meantime is appended, so this loop sees it.
    for (const damage of this.damages.found) await this.recordDamage(damage);
    this.damages.onReport((damage) => void this.recordDamage(damage));
    this.clockWatch.onEvent((event) => {
      this.clockReporter.report(event);
    });
    await this.log.record('normal', `The gateway started; readings go to ${this.store.label}`);
    this.storeChangeEvents.start();
    await this.deletionEvents.start();
    this.storeEvents.start();
    this.journalEvents.start();
    this.boundEvents.start();
    this.removalEvents.start();
  }

  async stop(): Promise<void> {
    this.clockReporter.flush();
    await this.storeChangeEvents.stop();
    this.storeEvents.stop();
    this.journalEvents.stop();
    this.deadLetterEvents.stop();
    this.boundEvents.stop();
    await this.removalEvents.stop();
    await this.log.record('normal', 'The gateway stopped');
  }

  private async recordDamage(damage: string): Promise<void> {
    this.logger.error(damage);
    await this.log.record('critical', damage);
  }
}
