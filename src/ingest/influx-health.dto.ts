import { ApiProperty } from '@nestjs/swagger';

import { INFLUX_VERSION } from './influx-version.js';

/** The answer of the health check, as InfluxDB gives it. */
export class InfluxHealthDto {
  @ApiProperty({ type: String, enum: ['influxdb'] })
  readonly name = 'influxdb';

  @ApiProperty({ type: String, example: 'ready for queries and writes' })
  readonly message = 'ready for queries and writes';

  @ApiProperty({ type: String, enum: ['pass'] })
  readonly status = 'pass';

  @ApiProperty({ type: 'array', items: {}, maxItems: 0 })
  readonly checks: readonly never[] = [];

  @ApiProperty({ type: String, example: 'predictionx-0.1.0' })
  readonly version = INFLUX_VERSION;

  @ApiProperty({ type: String, example: '' })
  readonly commit = '';
}
