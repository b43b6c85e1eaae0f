import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { ReadingStore } from '../influx/reading-store.js';

/** Reports the store, and never fails because of it, so that the reason can still be read. */
@Injectable()
export class StoreHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly store: ReadingStore,
  ) {}

  /** @param withReason only for clients that may see internal names */
  check(key: string, withReason: boolean): HealthIndicatorResult {
    const { state, unreadable, reason } = this.store.state;
    const degraded = state === 'down' || unreadable !== undefined;
    return this.indicators
      .check(key)
      .up({ store: state, degraded, ...(degraded && withReason && { reason: unreadable ?? reason }) });
  }
}
