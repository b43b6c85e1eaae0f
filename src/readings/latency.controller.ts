import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';

import { Auth } from '../auth/auth.decorator.js';
import { ApiErrors } from '../common/errors/api-errors.decorator.js';
import { SensorParamsDto } from '../model/sensor-params.dto.js';
import { BucketQueryDto } from './history-query.dto.js';
import { LatencyBucketDto } from './latency-bucket.dto.js';
import { LatencyService } from './latency.service.js';

@ApiTags('readings')
@Controller('api/readings')
export class LatencyController {
  constructor(private readonly latencyService: LatencyService) {}

  /** How long the readings of a sensor took: percentiles of latencyMs in buckets. */
  @Get(':sensorId/latency')
  @Auth('reader')
  @ApiOperation({
    operationId: 'getLatency',
    summary: "Percentiles of the latencyMs of a sensor's readings in buckets, oldest first",
    description:
      'With neither every nor points there are at most 500 buckets. Those without any latency are left out. The percentiles are the nearest latencies there are: exact in a bucket with up to 10,000, and right to three significant digits above',
  })
  @ApiOkResponse({ type: [LatencyBucketDto] })
  @ApiErrors('INVALID_PARAMETER', 'MALFORMED_REQUEST', 'STORE_UNAVAILABLE', 'TOO_BUSY')
  one(@Param() { sensorId }: SensorParamsDto, @Query() query: BucketQueryDto): Promise<LatencyBucketDto[]> {
    return this.latencyService.one(sensorId, query);
  }
}
