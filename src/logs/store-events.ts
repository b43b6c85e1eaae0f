import { Injectable, Logger } from '@nestjs/common';

import { ReadingStore, type StoreState } from '../influx/reading-store.js';
import { type Change, ChangeReporter } from './change-reporter.js';
import { SystemLog } from './system-log.js';

/** Records in the system log when the store is lost, refuses the credentials, or is back. */
@Injectable()
export class StoreEvents {
  private readonly logger = new Logger(StoreEvents.name);
  private readonly reporter: ChangeReporter;

  constructor(
    log: SystemLog,
    private readonly store: ReadingStore,
  ) {
    this.reporter = new ChangeReporter(({ type, message }) => {
      if (type === 'critical') this.logger.warn(message);
      else this.logger.log(message);
      void log.record(type, message);
    });
  }

  start(): void {
    this.store.onStateChange((state) => {
      this.reporter.report(this.toChange(state));
    });
  }

  /** Records what was held back. */
  stop(): void {
    this.reporter.flush();
  }

  private toChange({ state, reason, credentialsRefused }: StoreState): Change {
    if (state === 'up')
      return { type: 'normal', message: `Store back: ${this.store.label} takes readings again` };
    const what = credentialsRefused ? 'Store refuses credentials' : 'Store lost';
    return { type: 'critical', message: `${what}: ${reason}` };
  }
}
