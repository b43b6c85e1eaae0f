import { Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { tryAgain } from '../common/errors/gateway-error.js';
import { Slots } from '../common/scheduling/slots.js';
import { ReadingStore } from '../influx/reading-store.js';
import { traceQuery } from '../influx/trace-query.js';
import type { BucketQueryDto } from './history-query.dto.js';
import { historyRange } from './history-range.js';
import { LatencyBucketDto } from './latency-bucket.dto.js';

/** The store reads every latency in the range: with more at once, none would end within the time-out. */
const MAX_AT_ONCE = 3;
const MAX_WAITING = 50;

/** The range has at most so many buckets when the query names neither their length nor their number. */
const POINTS = 500;

/** Returns how long readings took, in buckets. */
@Injectable()
export class LatencyService {
  private readonly slots = new Slots(MAX_AT_ONCE, MAX_WAITING);

  constructor(
    private readonly config: GatewayConfig,
    private readonly store: ReadingStore,
  ) {}

  /** @throws GatewayError INVALID_PARAMETER, TOO_BUSY, StoreUnavailable */
  async one(sensorId: string, query: BucketQueryDto): Promise<LatencyBucketDto[]> {
    const { from, to, every, tz, points = every === undefined ? POINTS : undefined } = query;
    const { fromUs, toUs, buckets } = await historyRange({ from, to, every, tz, points });
    if (!buckets) throw new Error('A range with points has buckets');
    const range = { sensorId, fromUs, toUs, ...buckets.spans };
    if (this.slots.isFull)
      throw tryAgain('TOO_BUSY', `${MAX_WAITING} requests wait for latencies already; try again later`, 1);
    const found = await this.slots.run(() => {
      const signal = AbortSignal.timeout(this.config.store.timeoutMs);
      return traceQuery(this.store, 'latencies', () => this.store.latencies(range, signal));
    });
    return found.map((bucket) => new LatencyBucketDto(bucket));
  }
}
