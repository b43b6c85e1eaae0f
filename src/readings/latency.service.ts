import { Injectable } from '@nestjs/common';

import { GatewayConfig } from '../common/config/gateway-config.js';
import { ReadingStore } from '../influx/reading-store.js';
import { traceQuery } from '../influx/trace-query.js';
import { BUCKET_SIZE_RULE } from './bucket-size.js';
import type { BucketQueryDto } from './history-query.dto.js';
import { historyRange, wrong } from './history-range.js';
import { LatencyBucketDto } from './latency-bucket.dto.js';

/** Returns how long readings took, in buckets. */
@Injectable()
export class LatencyService {
  constructor(
    private readonly config: GatewayConfig,
    private readonly store: ReadingStore,
  ) {}

  /** @throws GatewayError INVALID_PARAMETER, StoreUnavailable */
  async one(sensorId: string, query: BucketQueryDto): Promise<LatencyBucketDto[]> {
    const { fromUs, toUs, buckets } = await historyRange(query);
    if (!buckets)
      throw wrong('every', `every is missing; it must be ${BUCKET_SIZE_RULE}, or points must be given`);
    const range = { sensorId, fromUs, toUs, ...buckets.spans };
    const signal = AbortSignal.timeout(this.config.store.timeoutMs);
    const found = await traceQuery(this.store, 'latencies', () => this.store.latencies(range, signal));
    return found.map((bucket) => new LatencyBucketDto(bucket));
  }
}
