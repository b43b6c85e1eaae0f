import { ApiProperty } from '@nestjs/swagger';

import type { LatencyBucket } from '../model/latencies.js';
import { TimestampProperty } from '../model/timestamp.decorator.js';
import { formatTimestamp } from '../model/timestamp.js';

/** The latencies of a sensor's readings in one time span, in milliseconds. */
export class LatencyBucketDto {
  @TimestampProperty('When the bucket begins; it may be before from')
  readonly start: string;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'The number of readings with a latency' })
  readonly count: number;

  @ApiProperty({
    type: Number,
    description: 'The median of latencyMs: half of the readings have at most this',
    example: 12.3,
  })
  readonly p50: number;

  @ApiProperty({
    type: Number,
    description: 'The 95th percentile of latencyMs: 95 % of the readings have at most this',
    example: 41,
  })
  readonly p95: number;

  constructor({ startUs, count, p50Ms, p95Ms }: LatencyBucket) {
    this.start = formatTimestamp(startUs);
    this.count = count;
    this.p50 = p50Ms;
    this.p95 = p95Ms;
  }
}
