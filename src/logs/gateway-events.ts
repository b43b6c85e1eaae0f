import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';

import { DataDir } from '../data-dir/data-dir.js';
import { Forwarder } from '../journal/forwarder.js';
import { Pipeline } from '../journal/pipeline.js';
import { ReadingStore, type StoreState } from '../influx/reading-store.js';
import { SystemLog } from './system-log.js';

/** Writes into the system log what the gateway itself goes through. */
@Injectable()
export class GatewayEvents implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(GatewayEvents.name);

  constructor(
    @Inject(SystemLog) private readonly log: SystemLog,
    @Inject(DataDir) private readonly dataDir: DataDir,
    @Inject(ReadingStore) private readonly store: ReadingStore,
    @Inject(Pipeline) private readonly pipeline: Pipeline,
    @Inject(Forwarder) private readonly forwarder: Forwarder,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { uncleanStop } = this.dataDir;
    if (uncleanStop) {
      await this.log.note(
        'anomaly',
        `The gateway stopped unclean: process ${uncleanStop.pid}, started ${uncleanStop.startedAt}, ended without shutting down`,
      );
    }
    if (this.log.damagedFile !== undefined)
      await this.log.note('critical', `system-log.db was damaged and is kept as ${this.log.damagedFile}`);
    for (const damage of this.pipeline.damages) {
      this.logger.error(damage);
      await this.log.note('critical', damage);
    }
    this.forwarder.onDeadLetter((kind, reason) => {
      void this.log.note('critical', `Readings are set aside as dead letters (${kind}): ${reason}`);
    });
    await this.log.note('normal', `The gateway started; readings go to ${this.store.kind}`);
    this.store.onStateChange((change) => {
      void this.storeChanged(change);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.note('normal', 'The gateway stopped');
    await this.log.close();
  }

  private async storeChanged({ state, reason }: StoreState): Promise<void> {
    if (state === 'down') {
      this.logger.warn(`Store lost: ${reason}`);
      await this.log.note('critical', `Store lost: ${reason}`);
    } else {
      this.logger.log('Store back');
      await this.log.note('normal', `Store back: ${this.store.kind} takes readings again`);
    }
  }
}
