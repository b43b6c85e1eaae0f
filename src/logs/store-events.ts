import { Injectable, Logger } from '@nestjs/common';

import { ReadingStore, type StoreState } from '../influx/reading-store.js';
import { type Change, ChangeReporter } from './change-reporter.js';
import { SystemLog } from './system-log.js';

/** Records in the system log when the store is lost, refuses the credentials, or is back. */
@Injectable()
export class StoreEvents {
  private readonly logger = new Logger(StoreEvents.name);
  private readonly reporter: ChangeReporter;
  private wasUnreadable = false;

  constructor(
    private readonly log: SystemLog,
    private readonly store: ReadingStore,
  ) {
    this.reporter = new ChangeReporter(({ type, message }) => {
      this.tell(type, message);
    });
  }

  start(): void {
    this.store.onFinding(({ type, message }) => {
      this.tell(type, message);
    });
    this.store.onStateChange((state) => {
      this.reporter.report(this.toChange(state));
    });
  }

  /** Records what was held back. */
  stop(): void {
    this.reporter.flush();
  }

  private tell(type: Change['type'], message: string): void {
    if (type === 'normal') this.logger.log(message);
    else this.logger.warn(message);
    void this.log.record(type, message);
  }

  private toChange({ state, reason, credentialsRefused, unreadable }: StoreState): Change {
    const wasUnreadable = this.wasUnreadable && state === 'up';
    this.wasUnreadable = unreadable !== undefined;
    if (unreadable !== undefined)
      return {
        type: 'critical',
        message: `Store may not be read: ${unreadable}. Readings are stored; history answers 503, and the latest readings of before are unknown`,
      };
    if (wasUnreadable) return { type: 'normal', message: `Store may be read again: ${this.store.label}` };
    if (state === 'up')
      return { type: 'normal', message: `Store back: ${this.store.label} takes readings again` };
    const what = credentialsRefused ? 'Store refuses credentials' : 'Store lost';
    return { type: 'critical', message: `${what}: ${reason}` };
  }
}
