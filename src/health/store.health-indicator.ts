import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';

import { ReadingStore } from '../influx/reading-store.js';

/** Tells of the store without failing for it: a gateway taken out of service could not even say why. */
@Injectable()
export class StoreHealthIndicator {
  constructor(
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(ReadingStore) private readonly store: ReadingStore,
  ) {}

  /** @param withReason for those alone who may know how things are called inside */
  check(key: string, withReason: boolean): HealthIndicatorResult {
    const { state, reason } = this.store.state;
    const degraded = state === 'down';
    return this.indicators
      .check(key)
      .up({ store: state, degraded, ...(degraded && withReason && { reason }) });
  }
}
