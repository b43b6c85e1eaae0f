import { Inject, Injectable, Logger } from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { ReadingStore } from '../influx/reading-store.js';
import { DamageReports } from '../pipeline/damage-reports.js';
import { DeadLetterBoundEvents } from './dead-letter-bound-events.js';
import { DeadLetterEvents } from './dead-letter-events.js';
import { JournalEvents } from './journal-events.js';
import { StoreEvents } from './store-events.js';
import { SystemLog } from './system-log.js';

/** Writes into the system log what the gateway itself goes through, from its start to its end. */
@Injectable()
export class GatewayEvents {
  private readonly logger = new Logger(GatewayEvents.name);

  constructor(
    @Inject(SystemLog) private readonly log: SystemLog,
    @Inject(DataDir) private readonly dataDir: DataDir,
    @Inject(ReadingStore) private readonly store: ReadingStore,
    @Inject(DamageReports) private readonly damages: DamageReports,
    @Inject(StoreEvents) private readonly storeEvents: StoreEvents,
    @Inject(JournalEvents) private readonly journalEvents: JournalEvents,
    @Inject(DeadLetterEvents) private readonly deadLetterEvents: DeadLetterEvents,
    @Inject(DeadLetterBoundEvents) private readonly boundEvents: DeadLetterBoundEvents,
  ) {}

  async start(): Promise<void> {
    const { uncleanStop } = this.dataDir;
    if (uncleanStop) {
      await this.log.note(
        'anomaly',
        `The gateway stopped unclean: process ${uncleanStop.pid}, started ${uncleanStop.startedAt}, ended without shutting down`,
      );
    }
    if (this.log.damagedFile !== undefined)
      await this.log.note('critical', `system-log.db was damaged and is kept as ${this.log.damagedFile}`);
    for (const damage of this.dataDir.damages) await this.tellDamage(damage);
    // What is reported meanwhile is added at the end, and is among them.
    for (const damage of this.damages.found) await this.tellDamage(damage);
    this.damages.onReport((damage) => void this.tellDamage(damage));
    await this.log.note('normal', `The gateway started; readings go to ${this.store.label}`);
    this.storeEvents.start();
    this.journalEvents.start();
    this.boundEvents.start();
  }

  async stop(): Promise<void> {
    this.storeEvents.stop();
    this.journalEvents.stop();
    this.deadLetterEvents.stop();
    this.boundEvents.stop();
    await this.log.note('normal', 'The gateway stopped');
  }

  private async tellDamage(damage: string): Promise<void> {
    this.logger.error(damage);
    await this.log.note('critical', damage);
  }
}
