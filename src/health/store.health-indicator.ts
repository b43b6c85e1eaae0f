import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { ReadingStore } from '../influx/reading-store.js';

/** Reports the store without failing because of it: a gateway out of service could not even say why. */
@Injectable()
export class StoreHealthIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly store: ReadingStore,
  ) {}

  /** @param withReason only for clients that may see internal names */
  check(key: string, withReason: boolean): HealthIndicatorResult {
    const { state, reason } = this.store.state;
    const degraded = state === 'down';
    return this.indicators
      .check(key)
      .up({ store: state, degraded, ...(degraded && withReason && { reason }) });
  }
}
