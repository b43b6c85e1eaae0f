import { Inject, Injectable, Logger } from '@nestjs/common';

import { ReadingStore, type StoreState } from '../influx/reading-store.js';
import { type Change, ChangeReporter } from './change-reporter.js';
import { SystemLog } from './system-log.js';

/** Writes into the system log when the store is lost, refuses the credentials, and is back. */
@Injectable()
export class StoreEvents {
  private readonly logger = new Logger(StoreEvents.name);
  private readonly teller: ChangeReporter;

  constructor(
    @Inject(SystemLog) log: SystemLog,
    @Inject(ReadingStore) private readonly store: ReadingStore,
  ) {
    this.teller = new ChangeReporter(({ type, message }) => {
      if (type === 'critical') this.logger.warn(message);
      else this.logger.log(message);
      void log.note(type, message);
    });
  }

  start(): void {
    this.store.onStateChange((state) => {
      this.teller.report(this.toChange(state));
    });
  }

  /** Tells what is untold. */
  stop(): void {
    this.teller.flush();
  }

  private toChange({ state, reason, credentialsRefused }: StoreState): Change {
    if (state === 'up')
      return { type: 'normal', message: `Store back: ${this.store.label} takes readings again` };
    const what = credentialsRefused ? 'Store refuses credentials' : 'Store lost';
    return { type: 'critical', message: `${what}: ${reason}` };
  }
}
