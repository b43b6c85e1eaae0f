import { ApiProperty } from '@nestjs/swagger';

import type { Bucket } from '../model/bucket.js';
import { TimestampProperty } from '../model/timestamp.decorator.js';
import { formatTimestamp } from '../model/timestamp.js';

/** The aggregates of a sensor's readings in one time span. */
export class BucketDto {
  @TimestampProperty('When the bucket begins; it may be before from')
  readonly start: string;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'The number of readings' })
  readonly count: number;

  @ApiProperty({ type: Number, example: 41 })
  readonly min: number;

  @ApiProperty({ type: Number, example: 44 })
  readonly max: number;

  @ApiProperty({
    type: Number,
    description: "Rounded to the 12th significant digit of the bucket's largest value",
    example: 42.25,
  })
  readonly mean: number;

  @ApiProperty({ type: Number, description: 'The value of the newest reading', example: 42.5 })
  readonly last: number;

  constructor({ startUs, count, min, max, mean, last }: Bucket) {
    this.start = formatTimestamp(startUs);
    this.count = count;
    this.min = min;
    this.max = max;
    this.mean = mean;
    this.last = last;
  }
}
